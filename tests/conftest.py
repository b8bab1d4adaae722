"""Eight CPU devices for every test, and strict arithmetic: rank promotion raises."""

import os

os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_force_host_platform_device_count=8"
# Fewer threads than virtual devices deadlock in collectives; XLA sizes its pool by NPROC, read before jax is imported.
os.environ["NPROC"] = "16"
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import matplotlib

matplotlib.use("Agg")
jax.config.update("jax_numpy_rank_promotion", "raise")
