"""Elementary functions of one number with their slopes: all that a differentiator must be told.

Each is (value of x, slope of x and its value y); floats in, floats out. Outside its domain a function raises as
Python's `math` does.
"""

import math
from collections.abc import Callable
from typing import NamedTuple


class Elementary(NamedTuple):
    """A function and its derivative.

    Args:
        value: y = f(x).
        slope: dy/dx of (x, y); y saves computing it again.
    """

    value: Callable[[float], float]
    slope: Callable[[float, float], float]


SIN = Elementary(math.sin, lambda x, y: math.cos(x))
COS = Elementary(math.cos, lambda x, y: -math.sin(x))
EXP = Elementary(math.exp, lambda x, y: y)
LOG = Elementary(math.log, lambda x, y: 1.0 / x)
TANH = Elementary(math.tanh, lambda x, y: 1.0 - y * y)
SQRT = Elementary(math.sqrt, lambda x, y: 0.5 / y)


def power(x: float, n: float, *, constant: bool) -> tuple[float, float, float]:
    """x^n with its slopes n x^(n - 1) in x and x^n log x in n; the latter is 0, and unasked, where n is a constant."""
    value = math.pow(x, n)
    slope = n * math.pow(x, n - 1.0) if n else 0.0
    return value, slope, 0.0 if constant else value * math.log(x)
