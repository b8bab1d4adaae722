"""Second derivatives times a vector, without a matrix: Hessian-vector products three ways, and Gauss-Newton.

x and v are trees of floating-point arrays of the same structure; the product has it too.
"""

from collections.abc import Callable
from typing import TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array

Tree = TypeVar("Tree")
Scalar = Callable[[Tree], Array]


def forward_over_reverse(f: Scalar[Tree], x: Tree, v: Tree) -> Tree:
    """H v = d/dt grad f(x + t v) at t = 0: a forward sweep through the reverse one; the memory of one gradient.

    Source: Pearlmutter 1994.
    """
    return jax.jvp(jax.grad(f), (x,), (v,))[1]


def reverse_over_forward(f: Scalar[Tree], x: Tree, v: Tree) -> Tree:
    """H v = grad of (x -> grad f(x) . v), the inner slope by a forward sweep."""
    return jax.grad(lambda x: jax.jvp(f, (x,), (v,))[1])(x)


def reverse_over_reverse(f: Scalar[Tree], x: Tree, v: Tree) -> Tree:
    """H v = grad of (x -> grad f(x) . v), the inner slope by a reverse sweep."""
    return jax.grad(lambda x: inner(jax.grad(f)(x), v))(x)


def gauss_newton_vector(f: Callable[[Tree], Array], loss: Callable[[Array], Array], x: Tree, v: Tree) -> Tree:
    """G v = J' H J v, with J the Jacobian of f at x and H the Hessian of the loss at f(x); neither is formed.

    G is the Hessian of loss(f(x)) without the curvature of f: positive semi-definite where the loss is convex.

    Args:
        f: the outputs of a network of its weights.
        loss: a scalar of the outputs.
        x: the weights.
        v: the direction.

    Source: Schraudolph 2002.
    """
    outputs, pushed = jax.jvp(f, (x,), (v,))
    _, pull = jax.vjp(f, x)
    return pull(forward_over_reverse(loss, outputs, pushed))[0]


def inner(a: Tree, b: Tree) -> Array:
    """<a, b>: the sum over all leaves of the products of their entries."""
    products = jax.tree.map(jnp.vdot, a, b)
    return jnp.stack(jax.tree.leaves(products)).sum()
