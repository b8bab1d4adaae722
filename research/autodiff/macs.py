"""Multiplications with accumulation of a traced program, those with padding and those without apart."""

import math
from typing import Any

from jax.extend.core import Jaxpr, JaxprEqn, jaxprs_in_params


def of_equation(equation: JaxprEqn) -> tuple[int, int]:
    """MACs of one operation: without and with the taps that fall on padding; 0 for what is no product of matrices.

    A product of matrices: every entry of the result by the numbers that are summed for it. A convolution of N images
    to M maps of E x F units, filters of R x S taps on C maps: N M E F R S C with padding. Without it, the pairs of a
    unit and a tap that meet a real pixel: not one of the border, nor one of the zeros that the gradient of a strided
    convolution puts between pixels.

    Source: Sze et al. 2017, section III.
    """
    if equation.primitive.name == "dot_general":
        (summed, _), _ = equation.params["dimension_numbers"]
        macs = math.prod(_shape(equation.outvars[0])) * math.prod(_shape(equation.invars[0])[axis] for axis in summed)
        return macs, macs
    if equation.primitive.name == "conv_general_dilated":
        return _convolution(equation)
    return 0, 0


def of_program(program: Jaxpr) -> tuple[int, int]:
    """The same, summed over a program and the programs that it calls; of the branches of a `cond` the largest.

    The passes of a loop are not multiplied: `research.autodiff.cost` takes loops apart first.
    """
    real = padded = 0
    for equation in program.eqns:
        found = [of_program(inner) for inner in called(equation)] or [of_equation(equation)]
        if equation.primitive.name == "cond":
            found = [max(found)]
        real, padded = real + sum(f[0] for f in found), padded + sum(f[1] for f in found)
    return real, padded


def called(equation: JaxprEqn) -> list[Jaxpr]:
    """The programs that an operation runs; a linear solver's other programs are for its derivatives."""
    if equation.primitive.name == "custom_linear_solve":
        return [equation.params["jaxprs"].solve.jaxpr]
    return [getattr(program, "jaxpr", program) for program in jaxprs_in_params(equation.params)]


def _shape(variable: Any) -> tuple[int, ...]:
    return variable.aval.shape


def _convolution(equation: JaxprEqn) -> tuple[int, int]:
    of_image, of_filter, of_result = equation.params["dimension_numbers"]
    image, filters, result = (_shape(v) for v in (*equation.invars, *equation.outvars))
    channels = filters[of_filter[1]]  # of one group
    others = result[of_result[0]] * result[of_result[1]] * channels
    taps = [filters[axis] for axis in of_filter[2:]]
    padded = others * math.prod(result[axis] for axis in of_result[2:]) * math.prod(taps)
    spatial = zip(
        (image[axis] for axis in of_image[2:]),
        (result[axis] for axis in of_result[2:]),
        taps,
        *(equation.params[name] for name in ("window_strides", "padding", "lhs_dilation", "rhs_dilation")),
        strict=True,
    )
    return others * math.prod(_meetings(*axis) for axis in spatial), padded


def _meetings(
    pixels: int, units: int, taps: int, stride: int, padding: tuple[int, int], between: int, apart: int
) -> int:
    """Pairs of a unit and a tap that meet a pixel, along one axis: pixels `between` apart, taps `apart`."""
    places = (unit * stride + tap * apart - padding[0] for unit in range(units) for tap in range(taps))
    return sum(0 <= place <= (pixels - 1) * between and place % between == 0 for place in places)
