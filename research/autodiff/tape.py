"""A tape: reverse mode in one class. Operations note what they read and their slopes there; a sweep reads it backwards.

Source: Linnainmaa 1970; as a tape Wengert 1964's list read backwards, Baydin et al. 2018, section 3.2.

    >>> value, slopes = gradient(lambda x1, x2: log(x1) + x1 * x2 - sin(x2), (2.0, 5.0))
    >>> round(value, 3), [round(slope, 3) for slope in slopes]
    (11.652, [5.5, 1.716])
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from research.autodiff import elementary
from research.autodiff.elementary import Elementary


@dataclasses.dataclass(frozen=True, eq=False)
class Node:
    """A number with the numbers that it was computed from.

    Args:
        value: the number.
        read: each number that it was computed from, with the slope of this one in it.
    """

    value: float
    read: tuple[tuple[Node, float], ...] = ()

    def __neg__(self) -> Node:
        return Node(-self.value, ((self, -1.0),))

    def __add__(self, other: Node | float | int) -> Node:
        b = _node(other)
        return Node(self.value + b.value, ((self, 1.0), (b, 1.0)))

    def __mul__(self, other: Node | float | int) -> Node:
        b = _node(other)
        return Node(self.value * b.value, ((self, b.value), (b, self.value)))

    def __truediv__(self, other: Node | float | int) -> Node:
        b = _node(other)
        quotient = self.value / b.value
        return Node(quotient, ((self, 1.0 / b.value), (b, -quotient / b.value)))

    def __pow__(self, other: Node | float | int) -> Node:
        n = _node(other)
        value, in_base, in_power = elementary.power(self.value, n.value, constant=not isinstance(other, Node))
        return Node(value, ((self, in_base), (n, in_power)))

    def __sub__(self, other: Node | float | int) -> Node:
        b = _node(other)
        return Node(self.value - b.value, ((self, 1.0), (b, -1.0)))

    def __rsub__(self, other: float | int) -> Node:
        return _node(other) - self

    def __rtruediv__(self, other: float | int) -> Node:
        return _node(other) / self

    def __rpow__(self, other: float | int) -> Node:
        return _node(other) ** self

    __radd__ = __add__
    __rmul__ = __mul__


Number = Node | float | int


def gradient(f: Callable[..., Number], x: Sequence[float | int]) -> tuple[float, list[float]]:
    """f(x) and all df/dx_i in one reverse sweep: each node is visited once, after all that read it."""
    leaves = [Node(float(a)) for a in x]
    y = _node(f(*leaves))
    adjoints = {y: 1.0}
    for node in reversed(tape(y)):
        for below, slope in node.read:
            adjoints[below] = adjoints.get(below, 0.0) + slope * adjoints[node]
    return y.value, [adjoints.get(leaf, 0.0) for leaf in leaves]


def tape(y: Node) -> list[Node]:
    """All that y was computed from and y itself, each after what it read."""
    order: list[Node] = []
    seen, stack = set[Node](), [(y, False)]
    while stack:  # not recursive: a long chain would exceed Python's stack
        node, ready = stack.pop()
        if ready:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack += [(node, True), *((below, False) for below, _ in node.read)]
    return order


def _node(x: Number) -> Node:
    return x if isinstance(x, Node) else Node(float(x))


def _lifted(function: Elementary) -> Callable[[Number], Node]:
    def of(x: Number) -> Node:
        x = _node(x)
        y = function.value(x.value)
        return Node(y, ((x, function.slope(x.value, y)),))

    return of


sin, cos, exp, log, tanh, sqrt = map(
    _lifted,
    (elementary.SIN, elementary.COS, elementary.EXP, elementary.LOG, elementary.TANH, elementary.SQRT),
)
