"""The perceptron and its rule, with Novikoff's bound, and the linear unit trained by gradient descent on squares.

Examples are rows of x, labels 0 and 1; a bias is a column of ones.
Sources: Rosenblatt 1958; Novikoff 1962; Widrow & Hoff 1960.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

Scalar = Float[Array, ""]
Number = Float[Array, ""] | float
Count = Int[Array, ""] | int


class Learned(NamedTuple):
    """What the perceptron rule ends with."""

    weights: Float[Array, " d"]
    mistakes: Int[Array, ""]
    passes: Int[Array, ""]
    separated: Bool[Array, ""]  # the last pass was without a mistake


def checked(x: Any, y: Any) -> tuple[Float[Array, "n d"], Float[Array, " n"]]:
    """The examples as arrays, checked before anything is compiled.

    Raises:
        ValueError: x is not (n, d) or y not (n,), no examples, a value that is not finite, a label other than 0 and 1.
    """
    x, y = np.asarray(x, np.float32), np.asarray(y, np.float32)
    if x.ndim != 2 or y.shape != x.shape[:1]:
        raise ValueError(
            f"examples x of shape (n, d) with labels y of shape (n,) are needed, not {x.shape} and {y.shape}"
        )
    if not x.size:
        raise ValueError(f"there is nothing to learn from: x has shape {x.shape}")
    if not np.isfinite(x).all():
        raise ValueError(f"x holds a value that is not finite in row {int(np.argwhere(~np.isfinite(x))[0, 0])}")
    if not np.isin(y, (0, 1)).all():
        raise ValueError(f"labels are 0 and 1, and y holds {float(y[~np.isin(y, (0, 1))][0]):g}")
    return jnp.asarray(x), jnp.asarray(y)


def predict(w: Float[Array, " d"], x: Float[Array, " d"]) -> Scalar:
    """The unit's output y' = 1 if w . x >= 0, else 0."""
    return (jnp.dot(w, x) >= 0).astype(x.dtype)


def perceptron_step(
    w: Float[Array, " d"], x: Float[Array, " d"], y: Scalar, rate: Number
) -> tuple[Float[Array, " d"], Bool[Array, ""]]:
    """One example of the perceptron rule, w <- w + rate (y - y') x; returns the weights and whether it was a mistake.

    Source: Rosenblatt 1958; Minsky & Papert 1969, section 11.1.
    """
    error = y - predict(w, x)
    return w + rate * error * x, error != 0


def perceptron(
    w: Float[Array, " d"], x: Float[Array, "n d"], y: Float[Array, " n"], rate: Number, most_passes: Count
) -> Learned:
    """Shows the examples in order, pass after pass, until a pass without a mistake or `most_passes`.

    Args:
        w: first weights.
        x: examples.
        y: labels, 0 or 1.
        rate: learning rate, above 0.
        most_passes: passes after which to give up; 0 or more.
    """

    def example(w: Array, at: tuple[Array, Array]) -> tuple[Array, Array]:
        return perceptron_step(w, *at, rate)

    def one_pass(seen: Learned) -> Learned:
        weights, mistaken = jax.lax.scan(example, seen.weights, (x, y))
        mistakes = jnp.sum(mistaken)
        return Learned(weights, seen.mistakes + mistakes, seen.passes + 1, mistakes == 0)

    def unfinished(seen: Learned) -> Array:
        return ~seen.separated & (seen.passes < most_passes)

    start = Learned(w, jnp.array(0), jnp.array(0), jnp.array(False))
    return jax.lax.while_loop(unfinished, one_pass, start)


def perceptron_path(
    w: Float[Array, " d"], x: Float[Array, "n d"], y: Float[Array, " n"], rate: Number, order: Int[Array, " steps"]
) -> Float[Array, "steps d"]:
    """Weights after each step of the rule, example `order[t]` at step t."""

    def step(w: Array, i: Array) -> tuple[Array, Array]:
        w, _ = perceptron_step(w, x[i], y[i], rate)
        return w, w

    return jax.lax.scan(step, w, order)[1]


def margin(w: Float[Array, " d"], x: Float[Array, "n d"], y: Float[Array, " n"]) -> Scalar:
    """Distance of the closest example to the plane w . x = 0, negative if one lies on the wrong side.

    gamma = min_i s_i <w, x_i> / ||w|| with s = 2 y - 1; 0 for w = 0.
    """
    norm = jnp.linalg.norm(w)
    return jnp.min((2 * y - 1) * (x @ w)) / jnp.where(norm > 0, norm, 1.0)


def novikoff_bound(w: Float[Array, " d"], x: Float[Array, "n d"], y: Float[Array, " n"]) -> Scalar:
    """Mistakes that the rule can make from zero weights, if w separates the examples: (R / gamma)^2.

    R = max_i ||x_i|| and gamma is the margin of w; infinite where w does not separate. Any order, any learning rate.

    Source: Novikoff 1962, theorem 1.
    """
    closest = jnp.min((2 * y - 1) * (x @ w))
    square = jnp.max(jnp.sum(x**2, axis=1)) * jnp.sum(w**2)  # squares, so that whole numbers stay exact
    return jnp.where(closest > 0, square / jnp.where(closest > 0, closest, 1.0) ** 2, jnp.inf)


def squared_error(w: Float[Array, " d"], x: Float[Array, "n d"], y: Float[Array, " n"]) -> Scalar:
    """Mean squared error of the linear unit, mean_i (w . x_i - y_i)^2."""
    return jnp.mean((x @ w - y) ** 2)


def curvature(x: Float[Array, "n d"]) -> tuple[Scalar, Float[Array, " d"]]:
    """Largest eigenvalue L of the Hessian X'X / n of half the squared error, and its eigenvector.

    Gradient descent converges for rates below 2 / L and diverges above.
    """
    values, vectors = jnp.linalg.eigh(x.T @ x / x.shape[0])
    return values[-1], vectors[:, -1]


def descent_step(
    w: Float[Array, " d"], x: Float[Array, "n d"], y: Float[Array, " n"], rate: Number
) -> Float[Array, " d"]:
    """One step of gradient descent on half the squared error, w <- w - rate X'(X w - y) / n."""
    return w - rate * jax.grad(lambda w: squared_error(w, x, y) / 2)(w)


def gradient_descent(
    w: Float[Array, " d"],
    x: Float[Array, "n d"],
    y: Float[Array, " n"],
    rate: Number,
    tolerance: Number,
    most_steps: Count,
) -> tuple[Float[Array, " d"], Int[Array, ""], Scalar]:
    """Descends until the gradient is `tolerance` times the first one, or 1 / tolerance times it, or `most_steps`.

    Returns:
        The weights, the steps taken, and the norm of the last gradient over the first one's (above 1: it diverges).
    """

    def slope(w: Array) -> Array:
        return jnp.linalg.norm(x.T @ (x @ w - y)) / x.shape[0]

    first = slope(w)
    unit = jnp.where(first > 0, first, 1.0)  # at the minimum already: no step, not 0 / 0

    def unfinished(state: tuple[Array, Array, Array]) -> Array:
        _, steps, ratio = state
        return (ratio > tolerance) & (ratio < 1 / tolerance) & (steps < most_steps)

    def step(state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        w = descent_step(state[0], x, y, rate)
        return w, state[1] + 1, slope(w) / unit

    return jax.lax.while_loop(unfinished, step, (w, jnp.array(0), first / unit))
