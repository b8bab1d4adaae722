"""A small network on random data, with and without dropout: what the tests of training train."""

import functools
from typing import Any

import jax
import jax.numpy as jnp

from research.losses import cross_entropy
from research.optimizers import gradient_descent
from research.training.state import TrainState, create_state
from research.training.step import gradient_step

EXAMPLES = 37
OPTIMIZER = gradient_descent(0.5)  # shows a gradient of the wrong scale, as Adam would not


def init(key: jax.Array) -> dict[str, jax.Array]:
    first, second = jax.random.split(key)
    return {"first": jax.random.normal(first, (4, 8)), "second": jax.random.normal(second, (8, 3))}


def logits(params: dict[str, jax.Array], x: jax.Array) -> jax.Array:
    return jnp.tanh(x @ params["first"]) @ params["second"]


def plain_loss(params: dict[str, jax.Array], example: dict[str, jax.Array], key: jax.Array) -> jax.Array:
    return cross_entropy(logits(params, example["x"]), example["y"])


def dropout_loss(params: dict[str, jax.Array], example: dict[str, jax.Array], key: jax.Array) -> jax.Array:
    hidden = jnp.tanh(example["x"] @ params["first"])
    kept = jnp.where(jax.random.bernoulli(key, 0.5, hidden.shape), 2 * hidden, 0)
    return cross_entropy(kept @ params["second"], example["y"])


@jax.jit
def data() -> dict[str, jax.Array]:
    x = jax.random.normal(jax.random.key(5), (EXAMPLES, 4))
    return {"x": x, "y": jnp.argmax(x[:, :3], axis=1).astype(jnp.int32)}


def step(loss: Any = dropout_loss, optimizer: Any = OPTIMIZER) -> Any:
    return functools.partial(gradient_step, loss=loss, optimizer=optimizer)


@functools.partial(jax.jit, static_argnames="optimizer")
def state(seed: int = 0, optimizer: Any = OPTIMIZER) -> TrainState:
    key = jax.random.key(seed)
    return create_state(init(key), optimizer, key)


@functools.partial(jax.jit, static_argnames=("seeds", "optimizer"))
def states(seeds: int, optimizer: Any = OPTIMIZER) -> TrainState:
    return jax.vmap(lambda key: create_state(init(key), optimizer, key))(jax.vmap(jax.random.key)(jnp.arange(seeds)))
