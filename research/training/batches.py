"""Which examples each step sees: pure functions of the step's number, so that a resumed run sees the same."""

import functools

import jax
import jax.numpy as jnp
from jaxtyping import Array, Key

from research.training.state import Batch


def in_order(examples: int, batch: int, start: int, steps: int) -> Batch:
    """Batches in the data's own order: entry i of step s is example (s * batch + i) mod examples.

    Args:
        examples: number of examples.
        batch: examples a step.
        start: number of the first step, from 0.
        steps: number of steps.

    Returns:
        Indices of shape (steps, batch); every batch is full, the last of a pass continues into the next one.
    """
    return _in_order(start * batch % examples, examples, batch, steps)


def shuffled(key: Key[Array, ""], examples: int, batch: int, start: int, steps: int) -> Batch:
    """Batches in an order drawn anew each pass: entry i of step s is number s * batch + i of all passes in a row.

    Pass p is the permutation drawn from `fold_in(key, p)`: each example comes once a pass, and a batch at the end of a
    pass continues into the next one. An order for each seed: `jax.vmap` over the keys with `out_axes=1`.

    Args:
        key: key of the order.
        examples: number of examples.
        batch: examples a step.
        start: number of the first step, from 0.
        steps: number of steps.

    Returns:
        Indices of shape (steps, batch).
    """
    first, offset = divmod(start * batch, examples)
    return _shuffled(key, first, offset, examples, batch, steps)


@functools.partial(jax.jit, static_argnums=(1, 2, 3))
def _in_order(offset: jax.Array | int, examples: int, batch: int, steps: int) -> Batch:
    return _full((offset + jnp.arange(steps * batch)) % examples, steps)


@functools.partial(jax.jit, static_argnums=(3, 4, 5))
def _shuffled(
    key: jax.Array, first: jax.Array | int, offset: jax.Array | int, examples: int, batch: int, steps: int
) -> Batch:
    """The batches from entry `offset` of pass `first` on."""
    passes = first + jnp.arange((examples + steps * batch - 2) // examples + 1)  # enough for any offset
    orders = jax.vmap(lambda number: jax.random.permutation(jax.random.fold_in(key, number), examples))(passes)
    return _full(orders.ravel()[offset + jnp.arange(steps * batch)], steps)


def _full(indices: jax.Array, steps: int) -> Batch:
    indices = indices.astype(jnp.int32).reshape(steps, -1)
    return Batch(indices=indices, mask=jnp.ones(indices.shape, bool))
