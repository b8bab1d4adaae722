"""The rate of learning: what the perceptron and gradient descent make of it on the same examples."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from research.models import perceptron

learn = jax.jit(jax.vmap(perceptron.perceptron, in_axes=(0, 0, 0, 0, None)))
descend = jax.jit(jax.vmap(perceptron.gradient_descent, in_axes=(0, 0, 0, 0, None, None)))
curvature = jax.jit(jax.vmap(perceptron.curvature))
squared_error = jax.jit(jax.vmap(perceptron.squared_error))
Grid = Float[np.ndarray, "problems rates"]
Batch = Float[np.ndarray, "problems n d"]
Labels = Float[np.ndarray, "problems n"]


def perceptron_mistakes(
    rates: Sequence[float], start: Float[np.ndarray, "problems d"], x: Batch, y: Labels, most_passes: int
) -> dict[str, Grid]:
    """Mistakes until all examples are right: from zero weights, from `start`, and from zero in the reverse order."""
    zero = np.zeros_like(start)
    cases = {"zero": (zero, x, y), "start": (start, x, y), "reverse": (zero, x[:, ::-1], y[:, ::-1])}
    stacked = (np.concatenate(parts) for parts in zip(*cases.values(), strict=True))
    w, x, y = (np.repeat(part, len(rates), axis=0).astype(np.float32) for part in stacked)
    rate = np.tile(np.asarray(rates, np.float32), len(w) // len(rates))
    mistakes = np.asarray(learn(w, x, y, rate, most_passes).mistakes, float)
    return dict(zip(cases, mistakes.reshape(len(cases), -1, len(rates)), strict=True))


def descent_steps(
    relative: Sequence[float], x: Batch, y: Labels, tolerance: float, most_steps: int
) -> tuple[Grid, Bool[np.ndarray, "problems rates"]]:
    """Steps of gradient descent on the squared error from zero weights, and whether it diverged.

    Args:
        relative: learning rates in units of 1 / L, with L the largest curvature of each problem.
        x: examples.
        y: targets.
        tolerance: the gradient at which it ends, over the first one; it diverged where it grew by the inverse.
        most_steps: steps after which to give up.
    """
    largest = np.asarray(curvature(x)[0])
    rate = np.asarray(relative, np.float32)[None, :] / largest[:, None]
    x, y = (np.repeat(part, len(relative), axis=0) for part in (x, y))
    _, steps, ratio = descend(np.zeros_like(x[:, 0]), x, y, rate.ravel(), tolerance, most_steps)
    return np.asarray(steps, float).reshape(rate.shape), np.asarray(ratio).reshape(rate.shape) > 1


def overshoots(relative: float, x: Batch, y: Labels) -> Float[np.ndarray, " problems"]:
    """Share of ten steps of gradient descent, after the first, that turn back along the direction of largest curvature.

    A step turns back where the one before has overshot the minimum along that direction.
    """
    largest, direction = curvature(x)
    return np.asarray(_turns(x, y, direction, relative / largest))


@jax.jit
@jax.vmap
def _turns(x: Array, y: Array, direction: Array, rate: Array) -> Array:
    def step(w: Array, _: None) -> tuple[Array, Array]:
        after = perceptron.descent_step(w, x, y, rate)
        return after, direction @ (after - w)

    _, along = jax.lax.scan(step, jnp.zeros_like(direction), length=11)
    return jnp.mean(along[1:] * along[:-1] < 0)


def log_slope(rates: Sequence[float], counts: Grid) -> Float[np.ndarray, " problems"]:
    """Slope of log count over log rate; a count of 0 is taken as 1."""
    return np.polyfit(np.log(np.asarray(rates)), np.log(np.maximum(counts, 1)).T, 1)[0]


def least_squares_errors(
    x: Float[np.ndarray, "n d"], tables: Float[np.ndarray, "problems n"], tolerance: float, most_steps: int
) -> Float[np.ndarray, " problems"]:
    """Mean squared error at which gradient descent on a linear unit ends, one a table of labels."""
    xs = np.stack([x] * len(tables))
    w, _, _ = descend(np.zeros_like(xs[:, 0]), xs, tables, 1 / curvature(xs)[0], tolerance, most_steps)
    return np.asarray(squared_error(w, xs, tables))
