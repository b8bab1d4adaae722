"""The exponent of a power law, fitted to what something costs at several sizes."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Exponent(NamedTuple):
    """A fitted exponent and its interval.

    Args:
        value: the slope of the line through the logarithms.
        low: lower end of the interval.
        high: upper end of the interval.
    """

    value: float
    low: float
    high: float


def exponent(sizes: Sequence[int], costs: Sequence[int], confidence: float = 0.95) -> Exponent:
    """The exponent p of cost ~ size^p: the slope of log cost over log size by least squares, and Student's interval.

    With u = log size, v = log cost and du = u - mean u: p = sum du v / sum du^2, p +- t sqrt(r / (n - 2) / sum du^2),
    r the sum of the squared residuals and t the quantile of n - 2 degrees of freedom.

    Counts are exact and repeat. The interval is not about chance, then, but about curvature: it is narrow where one
    power describes all sizes and wide where lower-order terms weigh or where the growth is no power at all.

    Args:
        sizes: n of them, three or more, not all equal.
        costs: one a size; whole numbers of any length.
        confidence: of the interval, in (0, 1).

    Raises:
        ValueError: fewer than three sizes or all of them equal; not one cost a size; a number that is not above 0.
    """
    from scipy.special import stdtrit  # here, since it is slow to import

    if len(set(sizes)) < 2 or len(sizes) < 3 or len(costs) != len(sizes) or min(*sizes, *costs) <= 0:
        raise ValueError(f"exponent: sizes {tuple(sizes)} and costs {tuple(costs)} have no slope with an interval")
    u, v = (np.array([math.log(x) for x in numbers]) for numbers in (sizes, costs))
    du, dv = u - u.mean(), v - v.mean()
    square = du @ du
    slope = du @ dv / square
    error = math.sqrt(((dv - slope * du) ** 2).sum() / (len(u) - 2) / square)
    half = float(stdtrit(len(u) - 2, (1 + confidence) / 2)) * error
    return Exponent(float(slope), float(slope - half), float(slope + half))
