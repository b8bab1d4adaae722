"""The delta rule and two mistakes in it, each against the gradient: on one network, and over the steps of learning."""

import functools
from collections.abc import Callable
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from research.autodiff import by_hand
from research.autodiff.by_hand import ACTIVATION, SLOPE, Unit
from research.losses import squared_error
from research.models import mlp
from research.models.mlp import Layers

Name = Literal["by_gradient", "by_hand", "without_slope", "changed_first"]


class Problem(NamedTuple):
    """A network with examples; a leading axis more for a batch of them."""

    layers: Layers
    x: Float[Array, "*members examples inputs"]
    targets: Float[Array, "*members examples outputs"]


def error(layers: Layers, x: Float[Array, " inputs"], targets: Float[Array, " outputs"], unit: Unit) -> Array:
    """1/2 sum_k (t_k - o_k)^2 of one example, the outputs being units too."""
    f = ACTIVATION[unit]
    return squared_error(f(mlp.apply(layers, x, f)), targets)


def by_gradient(layers: Layers, x: Array, targets: Array, unit: Unit) -> Layers:
    """Minus the gradient of `error` by `jax.grad`."""
    return jax.tree.map(jnp.negative, jax.grad(error)(layers, x, targets, unit))


def without_slope(layers: Layers, x: Array, targets: Array, unit: Unit) -> Layers:
    """The delta rule with the factor o (1 - o) left out everywhere."""
    values = by_hand.activations(layers, x, unit)
    deltas = [targets - values[-1]]
    for layer in reversed(layers[1:]):
        deltas.append(deltas[-1] @ layer["weights"].T)
    below = zip(values[:-1], reversed(deltas), strict=True)
    return [{"weights": jnp.outer(x, delta), "biases": delta} for x, delta in below]


def changed_first(layers: Layers, x: Array, targets: Array, unit: Unit, rate: float) -> Layers:
    """The delta rule with each layer's weights changed before the responsibilities below are computed from them."""
    values = by_hand.activations(layers, x, unit)
    delta, found = SLOPE[unit](values[-1]) * (targets - values[-1]), []
    for layer, below in zip(reversed(layers), reversed(values[:-1]), strict=True):
        found.append({"weights": jnp.outer(below, delta), "biases": delta})
        (after,) = by_hand.learned([layer], found[-1:], rate)
        delta = SLOPE[unit](below) * (after["weights"] @ delta)
    return found[::-1]


def rules(rate: float) -> dict[str, Callable[[Layers, Array, Array, Unit], Layers]]:
    """The rule by hand, and the two mistakes."""
    return {
        "by_hand": by_hand.changes,
        "without_slope": without_slope,
        "changed_first": functools.partial(changed_first, rate=rate),
    }


def compared(problem: Problem, unit: Unit, rate: float) -> dict[str, tuple[Layers, Layers]]:
    """What each rule and the gradient would change, for every member: of one example, and "batch" of all at once."""

    def both(layers: Layers, x: Array, targets: Array) -> dict[str, tuple[Layers, Layers]]:
        one = by_gradient(layers, x[0], targets[0], unit)
        each = jax.vmap(error, (None, 0, 0, None))
        total = jax.grad(lambda layers: -each(layers, x, targets, unit).sum())(layers)
        found = {name: (rule(layers, x[0], targets[0], unit), one) for name, rule in rules(rate).items()}
        return found | {"batch": (by_hand.batch_changes(layers, x, targets, unit), total)}

    return jax.vmap(both)(*problem)


def relative(found: Layers, expected: Layers) -> Float[np.ndarray, " members"]:
    """Largest difference over the largest entry expected, of a layer's weights or biases; the worst of them."""
    return np.max([_largest(a - b, 1) / _largest(b, 1) for a, b in _pairs(found, expected)], axis=0)


def apart(path: Layers, other: Layers) -> Float[np.ndarray, "starts sweeps"]:
    """Largest |difference| of any weight or bias of two paths, after any step of each sweep."""
    return np.max([_largest(a - b, 2) for a, b in _pairs(path, other)], axis=0)


def _pairs(a: Layers, b: Layers) -> list[tuple[np.ndarray, np.ndarray]]:
    leaves = (map(np.asarray, jax.tree.leaves(tree)) for tree in (a, b))
    return list(zip(*leaves, strict=True))


def _largest(a: np.ndarray, kept: int) -> np.ndarray:
    """The largest |entry|, for each place along the first `kept` axes."""
    return np.abs(a).max(axis=tuple(range(kept, a.ndim)))


class Course(NamedTuple):
    """What is kept of learning.

    Args:
        outputs: the network's answer to each row after each sweep.
        path: the weights after every step of the first sweeps.
    """

    outputs: Float[Array, "starts sweeps rows"]
    path: Layers


@functools.partial(jax.jit, static_argnums=(0, 4, 5, 6))
def learn(rule: Name, starts: Layers, x: Array, targets: Array, rate: float, sweeps: int, kept: int) -> Course:
    """One rule, from every start, one row after another: w <- w + rate change, logistic units.

    The rules are programs of their own: in one, the compiler would find what they share and compute it once.
    """
    change = {"by_gradient": by_gradient, **rules(rate)}[rule]

    def step(layers: Layers, row: tuple[Array, Array]) -> tuple[Layers, Layers]:
        layers = by_hand.learned(layers, change(layers, *row, "logistic"), rate)
        return layers, layers

    def sweep(layers: Layers, _: None) -> tuple[Layers, tuple[Array, Layers]]:
        layers, path = jax.lax.scan(step, layers, (x, targets))
        return layers, (by_hand.activations(layers, x)[-1][:, 0], path)

    def late(layers: Layers, _: None) -> tuple[Layers, Array]:
        layers, (outputs, _path) = sweep(layers, None)
        return layers, outputs

    def one(start: Layers) -> Course:
        layers, (first, path) = jax.lax.scan(sweep, start, length=kept)
        if sweeps == kept:
            return Course(first, path)
        _, last = jax.lax.scan(late, layers, length=sweeps - kept)
        return Course(jnp.concatenate([first, last]), path)

    return jax.vmap(one)(starts)
