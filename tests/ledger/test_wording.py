"""Numbers as the tables print them."""

import math

import pytest
from ledger_fakes import claim

from research.ledger.wording import limits_text, number, ours_text, paper_text, with_unit


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (5.0, "%", "5.00"),
        (5.128, "%", "5.13"),
        (0.137, "%", "0.14"),
        (54.0, "units", "54"),
        (9760.0, "", "9,760"),
        (0.25, "", "0.25"),
        (3.14159, "", "3.142"),
        (1e-6, "", "1e-06"),
        (-3.0, "", "-3"),
        (math.nan, "%", "nan"),
        (math.inf, "", "inf"),
    ],
)
def test_number(value, unit, text):
    assert number(value, unit) == text


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (4.0, 6.0, ("4", "6")),
        (3.65219, 6.34781, ("3.652", "6.348")),
        (0.25 - 5e-7, 0.25 + 5e-7, ("0.2499995", "0.2500005")),
        (0.0175, 0.0185, ("0.0175", "0.0185")),
        (1.0, 1.0 + 2e-7, ("1", "1.0000002")),
        (12345.5, 12346.5, ("12345.5", "12346.5")),
        (54, 54, ("54", "54")),
        (-math.inf, 9.8053, ("-inf", "9.805")),
        (1.0, math.nextafter(1.0, 2.0), ("1", "1.0000000000000002")),
    ],
)
def test_limits_have_the_digits_that_tell_them_apart(low, high, texts):
    assert limits_text(low, high) == texts


@pytest.mark.parametrize(
    ("value", "spread", "unit", "text"),
    [
        (5.0168, 0.2149, "%", "5.02 ± 0.21"),
        (5.0, 0.0, "%", "5.00 ± 0.00"),
        (5.0, None, "%", "5.00"),
        (54.0, 0.0, "units", "54 ± 0"),
        (104.36, 12.3, "mistakes", "104 ± 12"),
        (0.25013, 0.00042, "", "0.25013 ± 0.00042"),
        (23456.7, 12345.6, "", "2.346e+04 ± 1.235e+04"),
        (3.0, math.nan, "", "3"),
        (None, None, "%", "-"),
    ],
)
def test_mean_and_spread(value, spread, unit, text):
    assert ours_text(value, spread, unit) == text


@pytest.mark.parametrize(
    ("paper", "unit", "known", "text"),
    [
        (5.0, "%", "read", "5.0"),
        (0.14, "%", "read", "0.14"),
        (54.0, "units", "computed", "54"),
        (9760.0, "", "read", "9,760"),
        (558.0, "", "recalled", "558?"),
        (7.5, "%", "unsure", "7.5?"),
        (None, "%", "recalled", "-"),
    ],
)
def test_the_papers_figure_is_marked_where_it_is_not_read(paper, unit, known, text):
    assert paper_text(claim(paper=paper, unit=unit, known=known)) == text


def test_units():
    assert with_unit("5.0", "%") == "5.0 %"
    assert with_unit("54", "") == "54"
    assert with_unit("-", "%") == "-"
