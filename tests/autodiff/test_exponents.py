"""Exponents of power laws: exact on powers, numpy's line otherwise, wide on what is no power."""

import numpy as np
import pytest

from research.autodiff.exponents import exponent

SIZES = (3, 5, 9, 20, 41)


@pytest.mark.parametrize("p", [0, 1, 2, 4])
def test_a_power_has_its_exponent_and_no_interval(p: int) -> None:
    found = exponent(SIZES, [7 * n**p for n in SIZES])
    np.testing.assert_allclose(found, p, atol=1e-12)


def test_the_line_and_its_error_are_those_of_numpy() -> None:
    """Student's t of 3 degrees of freedom: 3.182 at 95 %, 1.638 at 80 %."""
    costs = [n * n + 10 * n + 3 for n in SIZES]
    line, covariance = np.polyfit(np.log(SIZES), np.log(costs), 1, cov=True)
    for confidence, t in ((0.95, 3.182446), (0.8, 1.637744)):
        found = exponent(SIZES, costs, confidence)
        half = t * covariance[0, 0] ** 0.5
        np.testing.assert_allclose(found, [line[0], line[0] - half, line[0] + half], rtol=1e-6)


def test_an_exponential_has_a_wide_interval_and_any_length() -> None:
    found = exponent(SIZES, [8 ** (100 * n) for n in SIZES])
    assert found.high - found.low > 100


@pytest.mark.parametrize(
    ("sizes", "costs"), [((1, 2), (1, 2)), ((2, 2, 2), (1, 2, 3)), ((1, 2, 3), (1, 2)), ((1, 2, 3), (0, 1, 2))]
)
def test_what_has_no_slope_is_an_error(sizes: tuple[int, ...], costs: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="have no slope with an interval"):
        exponent(sizes, costs)
