"""Gradients through layers and through time, in float64: norms at each layer, Jacobians of each step, their theory."""

import functools
from collections.abc import Sequence
from typing import Literal, get_args

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

Unit = Literal["sigmoid", "tanh", "relu"]
UNITS: tuple[Unit, ...] = get_args(Unit)
ACTIVATION = {"sigmoid": jax.nn.sigmoid, "tanh": jnp.tanh, "relu": jax.nn.relu}
LARGEST_SLOPE = {"sigmoid": 0.25, "tanh": 1.0, "relu": 1.0}
"""gamma: no slope of the activation is larger."""
Law = Literal["standard", "Glorot", "He"]
LAWS: tuple[Law, ...] = get_args(Law)


def deviation(law: Law, below: int, above: int) -> float:
    """Standard deviation of first weights; `below` is the fan-in n, `above` the units that are read into n'.

    standard: U(+-1 / sqrt n), of variance 1 / (3 n)                   Glorot & Bengio 2010, eq. (1)
    Glorot:   U(+-sqrt 6 / sqrt(n + n')), of variance 2 / (n + n')     ibid., eqs. (12) and (16)
    He:       normal, of variance 2 / n                                He et al. 2015, eq. (10)
    """
    return {"standard": 1 / (3 * below), "Glorot": 2 / (below + above), "He": 2 / below}[law] ** 0.5


@functools.partial(jax.jit, static_argnums=4)
def norms(
    weights: Float[Array, "seeds layers units units"],
    x: Float[Array, "seeds units"],
    u: Float[Array, "seeds units"],
    spread: float | Float[Array, ""],
    unit: Unit,
) -> Float[Array, "seeds values"]:
    """|dE/dh_l| for l = 0 to L, with h_0 = x, h_l = f(spread W_l h_(l-1)) and E = u . h_L.

    Each h_l has a term of 0 added, in which E is differentiated by one reverse sweep.
    """

    def end(added: Array, weights: Array, x: Array, u: Array) -> Array:
        def layer(h: Array, now: tuple[Array, Array]) -> tuple[Array, None]:
            w, zero = now
            return ACTIVATION[unit](spread * (w.astype(h.dtype) @ h)) + zero, None

        return u @ jax.lax.scan(layer, x + added[0], (weights, added[1:]))[0]

    def one(weights: Array, x: Array, u: Array) -> Array:
        zeros = jnp.zeros((len(weights) + 1, x.size), x.dtype)
        return jnp.linalg.norm(jax.grad(end)(zeros, weights, x, u), axis=1)

    return jax.vmap(one)(weights, x, u)


@functools.partial(jax.jit, static_argnums=3)
def jacobians(
    weights: Float[Array, "networks units units"],
    inputs: Float[Array, "networks steps units"],
    start: Float[Array, "networks units"],
    unit: Unit,
) -> Float[Array, "networks steps units units"]:
    """dh_t / dh_0 for t = 1 to T, with h_t = f(W h_(t-1) + x_t): Pascanu, Mikolov & Bengio 2013, eq. (5)."""

    def states(h: Array, w: Array, x: Array) -> Array:
        def step(h: Array, x: Array) -> tuple[Array, Array]:
            h = ACTIVATION[unit](w @ h + x)
            return h, h

        return jax.lax.scan(step, h, x)[1]

    return jax.vmap(jax.jacfwd(states))(start, weights, inputs)


@jax.jit
def gradient_through_filters(
    filters: Sequence[Float[Array, "3 3 _ _"]],
    image: Float[Array, "1 side side channels"],
    u: Float[Array, "1 side side maps"],
    spreads: Float[Array, " layers"],
) -> Float[Array, ""]:
    """Norm of the gradient of u . h_L in the image, with rectified 3 x 3 convolutions of the filters times spreads."""

    def end(h: Array) -> Array:
        for w, spread in zip(filters, spreads, strict=True):
            h = jax.nn.relu(
                jax.lax.conv_general_dilated(h, spread * w, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
            )
        return (h * u).sum()

    return jnp.linalg.norm(jax.grad(end)(image))


def mean_field_factor(variance: float) -> float:
    """Factor a layer by which wide sigmoid layers shrink a gradient, weights of n Var(w) = `variance`, no biases.

    q = v E f(sqrt(q) z)^2 is what the variance of the sums settles at, and the factor is sqrt(v E f'(sqrt(q) z)^2), z
    normal. As f' <= 1/4 it is at most sqrt(v) / 4.

    Source: Schoenholz et al. 2017, eqs. (3) and (5).
    """
    z, weight = np.polynomial.hermite_e.hermegauss(60)
    weight, q = weight / weight.sum(), 1.0
    for _ in range(200):
        q = variance * float(weight @ _sigmoid(q**0.5 * z) ** 2)
    slope = _sigmoid(q**0.5 * z) * _sigmoid(-(q**0.5) * z)
    return (variance * float(weight @ slope**2)) ** 0.5


def _sigmoid(a: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-a))
