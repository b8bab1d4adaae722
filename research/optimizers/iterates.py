"""What rules share that compute the next weights themselves, where Optax's compute a step."""

from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Int


def accumulators(params: Any, value: jax.typing.ArrayLike) -> Any:
    """A tree like params, filled with value, in float32 or wider.

    In bfloat16 a sum of equal terms stops growing after 256 of them.
    """
    return jax.tree.map(lambda w: jnp.full_like(w, value, wide(w)), params)


def wide(w: Any) -> jnp.dtype:
    """The dtype of a weight, or float32 where that is narrower."""
    return jnp.promote_types(jnp.result_type(w), jnp.float32)


def rate(learning_rate: optax.ScalarOrSchedule, t: Int[Array, ""]) -> Any:
    """The learning rate after t updates; a schedule is asked with 0 first, as Optax does."""
    return learning_rate(t) if callable(learning_rate) else learning_rate


def displacement(after: Any, before: Any) -> Any:
    """What `optax.apply_updates` adds to reach the weights after, in the dtype of the weights before.

    It rounds to that dtype before it subtracts: a weight that shall be 0 becomes exactly 0.
    """
    return jax.tree.map(lambda x, w: x.astype(jnp.result_type(w)) - w, after, before)
