"""What a training step reads and returns: an immutable state, and a batch of indices into data on the device."""

import functools
from typing import Any, no_type_check

import flax.struct
import jax
import jax.numpy as jnp
import optax


@flax.struct.dataclass
@no_type_check  # jax.tree.map also makes one of shapes, of numbers, of shardings
class TrainState:
    """Everything that training changes. Several seeds are one state whose leaves have a leading axis.

    Args:
        step: number of steps done, int32.
        params: pytree of parameters.
        opt_state: the optimizer's state.
        key: typed key of the seed; step and example are folded into it, it never changes.
        stopped: -1, or the number of the step (from 0) whose result was not finite, at which this member froze; int32.
    """

    step: jax.Array
    params: Any
    opt_state: Any
    key: jax.Array
    stopped: jax.Array


@flax.struct.dataclass
@no_type_check  # jax.tree.map also makes one of shapes, of numbers, of shardings
class Batch:
    """Examples of one step, by index; of a segment with a leading axis of steps; of seeds with an axis in between.

    Args:
        indices: int32, positions in the data's leading axis; the last axis is the examples', which devices share.
        mask: bool of the same shape; False where an entry only fills up the shape and does not count.
    """

    indices: jax.Array
    mask: jax.Array


@functools.partial(jax.jit, static_argnames="optimizer")
def create_state(params: Any, optimizer: optax.GradientTransformation, key: jax.Array) -> TrainState:
    """State before the first step, with its own copy of the parameters: a segment may overwrite its state in place.

    For several seeds: `jax.vmap(lambda key: create_state(init(key), optimizer, key))(keys)`.
    """
    step, stopped = jnp.int32(0), jnp.int32(-1)
    return copy(TrainState(step=step, params=params, opt_state=optimizer.init(params), key=key, stopped=stopped))


@jax.jit
def copy(tree: Any) -> Any:
    """A copy of every leaf as an array, never weakly typed (which would compile a second program)."""
    return jax.tree.map(lambda leaf: jnp.array(leaf, dtype=leaf.dtype, copy=True), tree)
