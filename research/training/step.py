"""The training step: a pure function of state, batch and data, and what makes another step out of a step."""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax

from research.training.state import Batch, TrainState

Metrics = dict[str, jax.Array]
Reduce = Callable[[Any], Any]
Step = Callable[..., tuple[Any, Metrics]]
"""`step(state, batch, data, *, reduce=identity) -> (state, metrics)`; `reduce` sums a pytree over the devices."""


def identity(tree: Any) -> Any:
    """The sum over one device."""
    return tree


def gradient_step(
    state: TrainState,
    batch: Batch,
    data: Any,
    *,
    loss: Callable[[Any, Any, jax.Array], jax.Array],
    optimizer: optax.GradientTransformation,
    reduce: Reduce = identity,
) -> tuple[TrainState, Metrics]:
    """One step of gradient descent on the mean loss of a batch: `batch_gradient_step` with the loss of one example.

    Args:
        state: state before the step.
        batch: indices (examples,) into the data, with their mask.
        data: pytree of arrays whose leading axis is the examples'.
        loss: loss(params, example, key) of one example, a scalar; `example` is the pytree of the data at one index.
        optimizer: Optax transformation.
        reduce: sum of a pytree over the devices.

    Returns:
        As `batch_gradient_step`.
    """
    losses = jax.vmap(loss, in_axes=(None, 0, 0))
    return batch_gradient_step(state, batch, data, losses=losses, optimizer=optimizer, reduce=reduce)


def batch_gradient_step(
    state: TrainState,
    batch: Batch,
    data: Any,
    *,
    losses: Callable[[Any, Any, jax.Array], jax.Array],
    optimizer: optax.GradientTransformation,
    reduce: Reduce = identity,
) -> tuple[TrainState, Metrics]:
    """One step of gradient descent on the mean loss of a batch: w <- w + optimizer(1/n sum_i dL_i/dw).

    For networks that read all examples of a batch at once. The key of an example is that of the seed with the step's
    number and the example's index folded in: it depends neither on the number of devices nor on the place in the batch.
    Sums are reduced and divided, no means of means.

    Args:
        state: state before the step.
        batch: indices (examples,) into the data, with their mask.
        data: pytree of arrays whose leading axis is the examples'.
        losses: losses(params, examples, keys) of a batch, shape (examples,); `examples` is the pytree of the data at
            the indices.
        optimizer: Optax transformation.
        reduce: sum of a pytree over the devices.

    Returns:
        The state after the step, and `loss` (mean over the batch, before the step) and `gradient_norm` (of the mean).
    """
    key = jax.random.fold_in(state.key, state.step)
    keys = jax.vmap(jax.random.fold_in, in_axes=(None, 0))(key, batch.indices)
    examples = jax.tree.map(lambda array: array[batch.indices], data)

    def loss_sum(params: Any) -> jax.Array:
        return jnp.where(batch.mask, losses(params, examples, keys), 0.0).sum()

    total, gradient = jax.value_and_grad(loss_sum)(state.params)
    total, gradient, count = reduce((total, gradient, batch.mask.sum()))
    gradient = jax.tree.map(lambda g: g / count.astype(g.dtype), gradient)
    updates, opt_state = optimizer.update(gradient, state.opt_state, state.params)
    params = optax.apply_updates(state.params, updates)
    metrics = {"loss": total / count.astype(total.dtype), "gradient_norm": optax.tree.norm(gradient)}
    return dataclasses.replace(state, step=state.step + 1, params=params, opt_state=opt_state), metrics


def over_seeds(step: Step) -> Step:
    """The same step for a stack of states, one a seed; the metrics get the seeds' axis.

    The batch's indices are (examples,) for all seeds, or (seeds, examples).
    """

    def stacked(state: Any, batch: Batch, data: Any, *, reduce: Reduce = identity) -> tuple[Any, Metrics]:
        of_seed = 0 if batch.indices.ndim == 2 else None
        return jax.vmap(lambda s, b: step(s, b, data, reduce=reduce), in_axes=(0, of_seed))(state, batch)

    return stacked


def seed_by_seed(step: Step) -> Step:
    """As `over_seeds`, one state after another: where a product with a stack of weights is slow, as in convolutions.

    The batch's indices are (seeds, examples).
    """

    def stacked(state: Any, batch: Batch, data: Any, *, reduce: Reduce = identity) -> tuple[Any, Metrics]:
        return jax.lax.map(lambda pair: step(*pair, data, reduce=reduce), (state, batch))

    return stacked


def freeze_nonfinite(step: Step) -> Step:
    """The same step, but a member whose result is not finite keeps its last good parameters for ever.

    The result is the parameters and the metrics. `stopped` records the number of the step (from 0); `step` counts on.
    Of several seeds each freezes alone: `over_seeds(freeze_nonfinite(step))`.
    """

    def frozen(state: TrainState, batch: Batch, data: Any, *, reduce: Reduce = identity) -> tuple[TrainState, Metrics]:
        new, metrics = step(state, batch, data, reduce=reduce)
        good = all_finite((new.params, metrics))
        keep = good & (state.stopped < 0)
        stopped = jnp.where(good | (state.stopped >= 0), state.stopped, state.step)
        kept = jax.tree.map(lambda after, before: jnp.where(keep, after, before), new, state)
        return dataclasses.replace(kept, step=new.step, stopped=stopped), metrics

    return frozen


def all_finite(tree: Any) -> jax.Array:
    """Whether every number of the tree is finite; whole numbers and keys are."""
    leaves = [jnp.asarray(leaf) for leaf in jax.tree.leaves(tree)]
    floats = [leaf for leaf in leaves if jnp.issubdtype(leaf.dtype, jnp.inexact)]
    return jnp.stack([jnp.isfinite(leaf).all() for leaf in floats]).all() if floats else jnp.bool_(True)
