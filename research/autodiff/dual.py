"""Dual numbers: forward mode in one class. A number carries its tangent, and every operation moves both on.

a + b e with e^2 = 0, so that f(a + b e) = f(a) + f'(a) b e. One direction at a time, first derivatives only.

Source: Clifford 1873; as automatic differentiation Baydin et al. 2018, section 3.1.1.

    >>> value, slope = jvp(lambda x1, x2: log(x1) + x1 * x2 - sin(x2), (2.0, 5.0), (1.0, 0.0))
    >>> round(value, 3), slope
    (11.652, 5.5)
"""

import dataclasses
from collections.abc import Callable, Sequence

from research.autodiff import elementary
from research.autodiff.elementary import Elementary


@dataclasses.dataclass(frozen=True)
class Dual:
    """A number and its tangent.

    Args:
        value: a.
        tangent: b, the slope of a along the direction of the sweep.
    """

    value: float
    tangent: float = 0.0

    def __neg__(self) -> "Dual":
        return Dual(-self.value, -self.tangent)

    def __add__(self, other: "Dual | float | int") -> "Dual":
        b = _dual(other)
        return Dual(self.value + b.value, self.tangent + b.tangent)

    def __mul__(self, other: "Dual | float | int") -> "Dual":
        b = _dual(other)
        return Dual(self.value * b.value, self.tangent * b.value + self.value * b.tangent)

    def __truediv__(self, other: "Dual | float | int") -> "Dual":
        b = _dual(other)
        quotient = self.value / b.value
        return Dual(quotient, (self.tangent - quotient * b.tangent) / b.value)

    def __pow__(self, other: "Dual | float | int") -> "Dual":
        n = _dual(other)
        value, in_base, in_power = elementary.power(self.value, n.value, constant=not isinstance(other, Dual))
        return Dual(value, in_base * self.tangent + in_power * n.tangent)

    def __sub__(self, other: "Dual | float | int") -> "Dual":
        return self + -_dual(other)

    def __rsub__(self, other: float | int) -> "Dual":
        return _dual(other) - self

    def __rtruediv__(self, other: float | int) -> "Dual":
        return _dual(other) / self

    def __rpow__(self, other: float | int) -> "Dual":
        return _dual(other) ** self

    __radd__ = __add__
    __rmul__ = __mul__


Number = Dual | float | int


def jvp(f: Callable[..., Number], x: Sequence[float | int], v: Sequence[float | int]) -> tuple[float, float]:
    """f(x) and its slope along v, sum_i v_i df/dx_i, in one forward sweep.

    Raises:
        ValueError: x and v differ in length.
    """
    y = _dual(f(*(Dual(float(a), float(b)) for a, b in zip(x, v, strict=True))))
    return y.value, y.tangent


def _dual(x: Number) -> Dual:
    return x if isinstance(x, Dual) else Dual(float(x))


def _lifted(function: Elementary) -> Callable[[Number], Dual]:
    def of(x: Number) -> Dual:
        x = _dual(x)
        y = function.value(x.value)
        return Dual(y, function.slope(x.value, y) * x.tangent)

    return of


sin, cos, exp, log, tanh, sqrt = map(
    _lifted,
    (elementary.SIN, elementary.COS, elementary.EXP, elementary.LOG, elementary.TANH, elementary.SQRT),
)
