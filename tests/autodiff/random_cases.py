"""Weights drawn by NumPy in float64: nothing is compiled for them."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from research.models import mlp


def like(shapes: Any, seed: int = 0) -> Any:
    """Normal arrays of the shapes of a tree, each divided by the root of its length along all axes but the last."""
    rng = np.random.default_rng(seed)
    return jax.tree.map(lambda a: jnp.asarray(rng.normal(size=a.shape) / np.prod(a.shape[:-1]) ** 0.5), shapes)


def layers(sizes: tuple[int, ...], seed: int = 0) -> mlp.Layers:
    return like(jax.eval_shape(lambda: mlp.init(jax.random.key(0), sizes)), seed)


def network(known: Callable) -> tuple[Callable, Any, jax.Array]:
    """A model of the package: apply, its parameters and an input."""
    model, shape = known()
    params = jax.eval_shape(model.init, jax.random.key(0), jax.ShapeDtypeStruct(shape, jnp.float32))
    return model.apply, like(params), jnp.asarray(np.random.default_rng(1).uniform(size=shape))
