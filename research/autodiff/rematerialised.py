"""Reverse mode that stores less and computes twice: a scan whose steps are stored only every so often.

`jax.checkpoint` around a whole function saves nothing: all of it is computed again at once. Around each of its parts it
keeps what goes into a part, and one part at a time is computed again on the way back.
"""

import math
from collections.abc import Callable
from typing import Any, TypeVar

import jax
from jax.extend.core import ClosedJaxpr, DropVar, Jaxpr, JaxprEqn, Literal, jaxpr_as_fun

from research.autodiff.tracing import BadFunction, traced

Carry = TypeVar("Carry")


def scan_in_segments(
    step: Callable[[Carry, Any], tuple[Carry, Any]], carry: Carry, xs: Any, segment: int, length: int | None = None
) -> Any:
    """The same as `jax.lax.scan(step, carry, xs)`; its reverse sweep keeps one carry a segment.

    Of L steps, L / s carries are kept and s steps at a time stored, least at s = sqrt(L): 2 sqrt(L) in place of L, for
    one more computation of every step.

    Args:
        step: (carry, x) -> (carry, y).
        carry: the first one.
        xs: a tree of arrays, each of L along its first axis.
        segment: s, steps a segment; divides L.
        length: L, where xs has no arrays.

    Returns:
        The last carry, and the ys of all steps.

    Raises:
        ValueError: s does not divide L.

    Source: Griewank 1992; Chen et al. 2016, section 4.
    """
    length = length or len(jax.tree.leaves(xs)[0])
    if segment < 1 or length % segment:
        raise ValueError(f"scan_in_segments: segment = {segment} must divide the {length} steps")
    parts = jax.tree.map(lambda a: a.reshape(length // segment, segment, *a.shape[1:]), xs)
    # a scan has no common subexpressions to prevent
    part = jax.checkpoint(lambda carry, xs: jax.lax.scan(step, carry, xs, segment), prevent_cse=False)
    carry, ys = jax.lax.scan(part, carry, parts, length // segment)
    return carry, jax.tree.map(lambda a: a.reshape(length, *a.shape[2:]), ys)


def in_segments(f: Callable[..., Any], *args: Any) -> Callable[..., Any]:
    """The same function of one value, with each scan of its program in about sqrt(L) segments of its L steps.

    Args:
        f: function of trees with one array as its value.
        args: arguments whose shapes the program is for.

    Raises:
        BadFunction: no scan at the top of the program has a length that can be divided.
    """
    program = traced(f, *args)
    if not any(map(_can_be_cut, program.jaxpr.eqns)):
        raise BadFunction("no scan to cut into parts")

    def cut(*args: Any) -> Any:
        given = [*program.consts, *jax.tree.leaves(args)]
        known = dict(zip([*program.jaxpr.constvars, *program.jaxpr.invars], given, strict=True))

        def read(v: Any) -> Any:
            return v.val if isinstance(v, Literal) else known[v]

        for equation in program.jaxpr.eqns:
            if _can_be_cut(equation):
                made = _in_segments(equation, [read(v) for v in equation.invars])
                known |= dict(zip(equation.outvars, made, strict=True))
            else:
                known |= _as_it_is(program.jaxpr, equation, known)
        return read(program.jaxpr.outvars[0])

    return cut


def _can_be_cut(equation: JaxprEqn) -> bool:
    scan = equation.primitive.name == "scan" and not equation.params["reverse"]
    return scan and 1 < _segment(equation.params["length"]) < equation.params["length"]


def _segment(length: int) -> int:
    """The divisor of the length nearest to its root, in ratio."""
    divisors = (s for s in range(1, length + 1) if length % s == 0)
    return min(divisors, key=lambda s: abs(math.log(s * s / length)), default=1)


def _in_segments(equation: JaxprEqn, given: list[Any]) -> list[Any]:
    fixed, carried = equation.params["num_consts"], equation.params["num_carry"]
    body = jaxpr_as_fun(equation.params["jaxpr"])

    def step(carry: list[Any], x: list[Any]) -> tuple[list[Any], list[Any]]:
        made = body(*given[:fixed], *carry, *x)
        return list(made[:carried]), list(made[carried:])

    segment = _segment(equation.params["length"])
    carry, xs = list(given[fixed : fixed + carried]), list(given[fixed + carried :])
    carry, ys = scan_in_segments(step, carry, xs, segment, equation.params["length"])
    return [*carry, *ys]


def _as_it_is(program: Jaxpr, equation: JaxprEqn, known: dict[Any, Any]) -> dict[Any, Any]:
    reads = list(dict.fromkeys(v for v in equation.invars if not isinstance(v, Literal)))
    gives = [v for v in equation.outvars if not isinstance(v, DropVar)]
    alone = program.replace(constvars=[], invars=reads, outvars=gives, eqns=[equation])
    return dict(zip(gives, jaxpr_as_fun(ClosedJaxpr(alone, []))(*(known[v] for v in reads)), strict=True))
