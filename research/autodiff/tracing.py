"""A function of the user's own, traced on the shapes of its arguments, with one clear line where that cannot be."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend.core import ClosedJaxpr
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float


class BadFunction(ValueError):
    """A function that raises, or whose arguments or values are not what is asked of it; the message names it."""


def name_of(f: Callable[..., Any]) -> str:
    """The name under which errors speak of a function."""
    while isinstance(f, functools.partial):
        f = f.func
    return getattr(f, "__qualname__", type(f).__qualname__)


@contextlib.contextmanager
def blaming(f: Callable[..., Any], args: tuple[Any, ...]) -> Iterator[None]:
    """Turns what is raised while f is traced or lowered into one BadFunction that names f and the shapes of args."""
    try:
        yield
    except BadFunction:
        raise
    except Exception as error:  # whatever a user's function raises
        said = next((line.strip() for line in str(error).splitlines() if line.strip()), "")[:300]
        shapes = ", ".join(_shape(leaf) for leaf in jax.tree.leaves(args))
        raise BadFunction(f"{name_of(f)} on {shapes}: {type(error).__name__}: {said}") from error


def traced(f: Callable[..., Any], *args: Any) -> ClosedJaxpr:
    """The program of f(*args) before it is lowered; args are arrays, shapes (`jax.ShapeDtypeStruct`) or trees of them.

    Raises:
        BadFunction: f raises, shapes disagree in it, it returns what is no array, or no floating-point number at all.
    """
    with blaming(f, args):
        program = jax.make_jaxpr(f)(*args)
    kinds = [aval.dtype for aval in program.out_avals]  # type: ignore[attr-defined]
    if not any(jnp.issubdtype(kind, jnp.floating) for kind in kinds):
        found = ", ".join(map(str, kinds)) or "nothing"
        raise BadFunction(f"{name_of(f)} returns {found}: there is no derivative without a floating-point value")
    return program


def flat(f: Callable[..., Any], *args: Any) -> tuple[Callable[[Array], Array], Float[Array, " n"]]:
    """Makes f a function of one vector, for the modes: g and x with g(x) all values of f(*args), one after another.

    Args:
        f: function of trees of floating-point arrays; its values are a tree of them too.
        args: where it is differentiated.

    Returns:
        g: x (n,) to y (m,), m = 1 for a scalar; and x (n,), the leaves of args one after another.

    Raises:
        BadFunction: as `traced`; or an argument or a value that is not floating-point.
    """
    program = traced(f, *args)
    for leaf in jax.tree.leaves(args):
        if not jnp.issubdtype(jnp.result_type(leaf), jnp.floating):
            raise BadFunction(f"{name_of(f)}: an argument is {_shape(leaf)}; only floating-point ones have derivatives")
    for aval in program.out_avals:
        if not jnp.issubdtype(aval.dtype, jnp.floating):  # type: ignore[attr-defined]
            raise BadFunction(f"{name_of(f)}: a value is {_shape(aval)}; only floating-point ones have derivatives")
    x, back = ravel_pytree(args)

    @functools.wraps(f)
    def of_vector(x: Array) -> Array:
        return ravel_pytree(f(*back(x)))[0]

    return of_vector, x


def outputs(f: Callable[[Array], Array], x: Float[Array, " n"]) -> int:
    """The number m of outputs of a function from x (n,) to y (m,).

    Raises:
        BadFunction: as `traced`; or its value is not one floating-point vector.
    """
    avals: Any = traced(f, x).out_avals
    if len(avals) != 1 or avals[0].ndim != 1 or not jnp.issubdtype(avals[0].dtype, jnp.floating):
        found = ", ".join(map(_shape, avals))
        raise BadFunction(
            f"{name_of(f)} returns {found}: a mode wants one floating-point vector (autodiff.tracing.flat)"
        )
    return avals[0].size


def _shape(leaf: Any) -> str:
    if not hasattr(leaf, "dtype") or not hasattr(leaf, "shape"):
        return type(leaf).__name__
    return f"{leaf.dtype}[{','.join(map(str, leaf.shape))}]"
