"""What a function costs, counted on its program before anything is compiled.

The operations are those that XLA's cost analysis finds in the lowered program, before the compiler rewrites it: one
for each element of an elementwise operation (comparisons, selections, conversions and the arithmetic of indices too),
k - 1 for a sum of k, 2 k for an entry of a product of matrices that sums k, and nothing for moving data, for the taps
of a convolution that fall on padding, or for what no result needs. exp, log, tanh, sin, sqrt, x^y and their like are
counted apart, as transcendentals, one an element.

XLA counts in 32-bit floats, which hold whole numbers up to 2^24: a larger program is counted in parts. And it counts
the body of a loop once. Here `jax.lax.scan` is taken out of the program, its body counted alone and
multiplied by its length; reading its slices and stacking its results, which only move data, count nothing.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
from jax.extend.core import ClosedJaxpr, DropVar, Jaxpr, JaxprEqn, Literal, jaxpr_as_fun
from jax.extend.mlir.ir import WalkResult
from jax.interpreters.partial_eval import dce_jaxpr

from research.autodiff import macs
from research.autodiff.tracing import BadFunction, blaming, name_of, traced

EXACT = 2**24
MARKS = ("Sharding", "SPMDFullToShardShape", "SPMDShardToFullShape", "annotate_device_placement")


class UnknownLength(BadFunction):
    """A loop whose number of passes is not known before it runs."""


@dataclasses.dataclass(frozen=True)
class Cost:
    """Operations of one call of a function.

    Args:
        flops: operations, other than transcendentals; see above.
        transcendentals: elements of elementary functions.
        macs: multiplications with accumulation in products of matrices and convolutions, without taps on padding.
        padded_macs: the same with those taps, N M E F R S C.
        uncounted: what the program holds and no count covers, by name: calls of libraries (linear algebra), and loops
            within an operation of JAX (random bits on some backends), whose body is counted once.
    """

    flops: int = 0
    transcendentals: int = 0
    macs: int = 0
    padded_macs: int = 0
    uncounted: frozenset[str] = frozenset()

    @property
    def operations(self) -> int:
        """The sum of flops and transcendentals."""
        return self.flops + self.transcendentals

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.flops + other.flops,
            self.transcendentals + other.transcendentals,
            self.macs + other.macs,
            self.padded_macs + other.padded_macs,
            self.uncounted | other.uncounted,
        )

    def times(self, passes: int) -> "Cost":
        """The cost of so many passes."""
        return Cost(
            passes * self.flops,
            passes * self.transcendentals,
            passes * self.macs,
            passes * self.padded_macs,
            self.uncounted,
        )


def cost(f: Callable[..., Any], *args: Any) -> Cost:
    """What f(*args) costs; nothing is compiled or computed, and args may be shapes (`jax.ShapeDtypeStruct`).

    Of the branches of a condition the dearest counts.

    Raises:
        BadFunction: as `research.autodiff.tracing.traced`; or f cannot be lowered (forward mode of a `custom_vjp`).
        UnknownLength: f holds a `jax.lax.while_loop` (or a `fori_loop` with limits that are not constants).
    """
    program = traced(f, *args).jaxpr
    needed, _ = dce_jaxpr(program, [True] * len(program.outvars))  # lowering leaves out what no result needs
    try:
        with blaming(f, args):
            return _program(needed)
    except UnknownLength as error:
        raise UnknownLength(f"{name_of(f)}: {error}") from None


def _program(program: Jaxpr) -> Cost:
    loops = [equation for equation in program.eqns if _loops(equation)]
    taken = set(map(id, loops))
    return sum(map(_loop, loops), _lowered([e for e in program.eqns if id(e) not in taken], program))


def _loop(equation: JaxprEqn) -> Cost:
    kind = equation.primitive.name
    if kind == "while":
        raise UnknownLength("the number of passes of a while loop is not known before it runs")
    inner = [_program(program) for program in macs.called(equation)]
    if kind == "cond":
        return max(inner, key=lambda branch: branch.operations)
    return sum(inner, Cost()).times(equation.params["length"] if kind == "scan" else 1)


def _loops(equation: JaxprEqn) -> bool:
    """Whether an operation is a loop or holds one."""
    inner = (e for program in macs.called(equation) for e in program.eqns)
    return equation.primitive.name in ("scan", "while") or any(map(_loops, inner))


def _part(equations: list[JaxprEqn], program: Jaxpr) -> Jaxpr:
    """These equations of a program: what they read of others becomes an argument, all that they give a result."""
    given = dict.fromkeys(v for equation in equations for v in equation.outvars if not isinstance(v, DropVar))
    read = (v for equation in equations for v in equation.invars if not isinstance(v, Literal))
    arguments = [v for v in dict.fromkeys(read) if v not in given]
    return program.replace(constvars=[], invars=arguments, outvars=list(given), eqns=equations)


def _lowered(equations: list[JaxprEqn], program: Jaxpr) -> Cost:
    """The cost of equations without loops; beyond what XLA counts exactly of products apart, then of halves."""
    part = _part(equations, program)
    shapes = [jax.ShapeDtypeStruct(v.aval.shape, v.aval.dtype) for v in part.invars]  # type: ignore[attr-defined]
    lowered = jax.jit(jaxpr_as_fun(ClosedJaxpr(part, []))).lower(*shapes)
    found: Any = lowered.cost_analysis() or {}
    flops, transcendentals = (round(found.get(name, 0)) for name in ("flops", "transcendentals"))
    counted = Cost(flops, transcendentals, *macs.of_program(part), _uncounted(lowered))
    if max(flops, transcendentals) < EXACT:
        return counted
    products = [e for e in equations if macs.of_equation(e)[0]]
    if products:
        found = [macs.of_equation(e) for e in products]
        rest = [e for e in equations if not macs.of_equation(e)[0]]
        return sum((Cost(2 * real, 0, real, padded) for real, padded in found), _lowered(rest, program))
    if len(equations) > 1:
        half = len(equations) // 2
        return _lowered(equations[:half], program) + _lowered(equations[half:], program)
    inner = macs.called(equations[0])
    return sum(map(_program, inner), Cost()) if inner else counted


def _uncounted(lowered: jax.stages.Lowered) -> frozenset[str]:
    names: set[str] = set()

    def note(operation: Any) -> Any:
        if operation.name == "stablehlo.while":
            names.add("while")
        if operation.name == "stablehlo.custom_call":
            names.add(operation.attributes["call_target_name"].value)
        return WalkResult.ADVANCE

    module: Any = lowered.compiler_ir("stablehlo")
    module.operation.walk(note)
    return frozenset(names.difference(MARKS))
