"""The same Jacobian in every mode, behind one interface: mode(f, x) with f from x (n,) to y (m,), the answer (m, n).

J_ij = dy_i / dx_j. A sweep costs a small multiple of f, so that the number of sweeps is what a mode costs: n for
forward mode, m for reverse mode, 2 n evaluations for differences. `research.autodiff.tracing.flat` brings a function
of trees into this form. Each mode raises its BadFunction where f is not one floating-point vector of another.
"""

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from research.autodiff.tracing import outputs

Function = Callable[[Array], Array]
Mode = Callable[[Function, Float[Array, " n"]], Float[Array, "m n"]]


def central_differences(f: Function, x: Float[Array, " n"]) -> Float[Array, "m n"]:
    """J_j = (f(x + h_j e_j) - f(x - h_j e_j)) / 2 h_j, with h_j = eps^(1/3) max(1, |x_j|): 2 n evaluations.

    The error is O(h^2 f''') from the series and O(eps f / h) from rounding; this h makes both about eps^(2/3).

    Source: Press et al. 2007, section 5.7.
    """
    outputs(f, x)
    step = jnp.finfo(x.dtype).eps ** (1 / 3) * jnp.maximum(1.0, jnp.abs(x))

    def column(h: Array) -> Array:
        ahead, behind = x + h, x - h
        return (f(ahead) - f(behind)) / (ahead - behind).sum()  # the step as it was rounded

    return jax.lax.map(column, jnp.diag(step)).T


def forward(f: Function, x: Float[Array, " n"]) -> Float[Array, "m n"]:
    """Columns J e_j, one sweep after another, each with f computed anew: n sweeps.

    Source: Wengert 1964.
    """
    outputs(f, x)
    return jax.lax.map(lambda direction: jax.jvp(f, (x,), (direction,))[1], _basis(x.size, x)).T


def forward_batched(f: Function, x: Float[Array, " n"]) -> Float[Array, "m n"]:
    """All columns J e_j in one sweep of n tangents beside one value of f.

    `jax.jacfwd` lays the tangents along the last axis; along the first, as here, products of matrices on a CPU take
    about half the time.
    """
    outputs(f, x)
    return jax.vmap(lambda direction: jax.jvp(f, (x,), (direction,))[1])(_basis(x.size, x)).T


def linearized(f: Function, x: Float[Array, " n"]) -> Float[Array, "m n"]:
    """Columns J e_j from the linear map that `jax.linearize` leaves: f once, then n sweeps without it."""
    outputs(f, x)
    _, push = jax.linearize(f, x)
    return jax.lax.map(push, _basis(x.size, x)).T


def reverse(f: Function, x: Float[Array, " n"]) -> Float[Array, "m n"]:
    """Rows e_i' J, one sweep after another from one value of f: m sweeps.

    Source: Linnainmaa 1970; Speelpenning 1980.
    """
    size = outputs(f, x)
    y, pull = jax.vjp(f, x)
    return jax.lax.map(lambda direction: pull(direction)[0], _basis(size, y))


def reverse_batched(f: Function, x: Float[Array, " n"]) -> Float[Array, "m n"]:
    """All rows e_i' J in one sweep of m cotangents behind one value of f, as `jax.jacrev` has it."""
    size = outputs(f, x)
    y, pull = jax.vjp(f, x)
    return jax.vmap(lambda direction: pull(direction)[0])(_basis(size, y))


MODES: Mapping[str, Mode] = {
    "central differences": central_differences,
    "forward": forward,
    "forward, batched": forward_batched,
    "linearized": linearized,
    "reverse": reverse,
    "reverse, batched": reverse_batched,
}
"""The modes that give the Jacobian itself; `forward_gradient` only estimates it."""


def along(f: Function, x: Float[Array, " n"], directions: Float[Array, "k n"]) -> Float[Array, "m n"]:
    """Mean over the directions v of (J v) v', each from one forward sweep.

    It is J where the mean of v v' is the identity: for v = sqrt(n) e_j, j = 1..n, or in the mean over random ones.
    """
    outputs(f, x)
    pushed = jax.vmap(lambda v: jax.jvp(f, (x,), (v,))[1])(directions)
    return pushed.T @ directions / len(directions)


def forward_gradient(
    f: Function, x: Float[Array, " n"], key: Key[Array, ""], directions: int = 1
) -> Float[Array, "m n"]:
    """Estimates J by forward sweeps along `directions` normal vectors: mean of (J v) v', E v v' = I, so unbiased.

    For a row g of J the variance of component j is (|g|^2 + g_j^2) / directions: it grows with n.

    Source: Baydin et al. 2022, definition 1 and theorem 1.
    """
    return along(f, x, jax.random.normal(key, (directions * x.size,), x.dtype).reshape(directions, x.size))


def _basis(size: int, like: Array) -> Array:
    return jnp.eye(size, dtype=like.dtype)
