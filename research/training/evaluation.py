"""Evaluation on the whole split: the last batch padded and masked, sums and counts reduced, the count checked."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from research.training.devices import Devices, Runner, chosen_devices, distribute, replicate
from research.training.state import Batch
from research.training.step import Reduce

Measure = Callable[[Any, Any], dict[str, jax.Array]]
Evaluation = Callable[[Any, Any], dict[str, np.ndarray]]


def compile_evaluation(
    measure: Measure, batch: int, runner: Runner | None = None, devices: Devices | None = None
) -> Evaluation:
    """`compile_batch_evaluation` with what is measured of one example.

    Args:
        measure: measure(params, example) -> from name to a scalar, or to an array such as one value a seed.
        batch: examples at a time.
        runner: jit, pmap or sharding; by default pmap where there are several devices, else jit.
        devices: devices to use; by default all.
    """
    return compile_batch_evaluation(jax.vmap(measure, in_axes=(None, 0)), batch, runner, devices)


def compile_batch_evaluation(
    measure: Measure, batch: int, runner: Runner | None = None, devices: Devices | None = None
) -> Evaluation:
    """A function of parameters and data that gives the mean of each measured quantity over all examples.

    Args:
        measure: measure(params, examples) -> from name to an array whose leading axis is the examples'.
        batch: examples at a time.
        runner: jit, pmap or sharding; by default pmap where there are several devices, else jit.
        devices: devices to use; by default all.

    Returns:
        evaluate(params, data) -> from name to the mean, float64, of the measured quantity's shape. It raises ValueError
        for data without examples or of unequal lengths, RuntimeError where not every example was counted once.
    """

    def sums(params: Any, part: Batch, data: Any, *, reduce: Reduce) -> tuple[dict[str, jax.Array], jax.Array]:
        examples = jax.tree.map(lambda array: array[part.indices], data)
        values = measure(params, examples)
        total = {name: _masked_sum(value, part.mask) for name, value in values.items()}
        return reduce((total, part.mask.sum()))

    summed = distribute(sums, runner, devices)
    chosen = chosen_devices(runner, devices)[1]

    def evaluate(params: Any, data: Any) -> dict[str, np.ndarray]:
        examples = _examples(data)
        params, data = replicate(params, chosen), replicate(data, chosen)
        parts = [jax.device_get(summed(params, part, data)) for part in split_batches(examples, batch)]
        count = sum(int(counted) for _, counted in parts)
        if count != examples:
            raise RuntimeError(f"evaluation counted {count} examples of a split of {examples}")
        return {name: _mean([total[name] for total, _ in parts], count) for name in parts[0][0]}

    return evaluate


def split_batches(examples: int, batch: int) -> list[Batch]:
    """Batches that hold each of the examples once, all of one size: the last is filled up, with mask False."""
    starts = range(0, examples, batch)
    positions = [np.arange(start, start + batch, dtype=np.int32) for start in starts]
    return [Batch(indices=jnp.asarray(np.minimum(p, examples - 1)), mask=jnp.asarray(p < examples)) for p in positions]


def _masked_sum(value: jax.Array, mask: jax.Array) -> jax.Array:
    shaped = mask.reshape(mask.shape + (1,) * (value.ndim - 1))
    return jnp.where(shaped, value, 0).sum(axis=0)


def _mean(sums: list[np.ndarray], count: int) -> np.ndarray:
    return np.asarray(np.stack(sums).sum(axis=0, dtype=np.float64) / count)


def _examples(data: Any) -> int:
    lengths = {len(leaf) for leaf in jax.tree.leaves(data)}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(f"evaluation needs data of one length, at least 1; the leading axes are {sorted(lengths)}")
    return lengths.pop()
