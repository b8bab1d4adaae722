"""Eight CPU devices for every test, and strict arithmetic: rank promotion raises."""

import os

# Level 0 halves the time of compilation, which is most of the time of the tests.
FLAGS = " --xla_force_host_platform_device_count=8 --xla_backend_optimization_level=0"
os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + FLAGS
# Fewer threads than virtual devices deadlock in collectives; XLA sizes its pool by NPROC, read before jax is imported.
os.environ["NPROC"] = "16"
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import matplotlib

matplotlib.use("Agg")
jax.config.update("jax_numpy_rank_promotion", "raise")
