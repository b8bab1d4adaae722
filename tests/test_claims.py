"""Claims: the ways to accept, against hand values; what a claim refuses; what a run writes."""

import json
import math

import pytest
from matplotlib.figure import Figure

from research.claims import (
    Below,
    Claim,
    Run,
    Within,
    at_least,
    at_most,
    binomial_interval,
    exactly,
    printed,
    write_text,
)


def fields(**changed):
    base = {"id": "C", "title": "t", "quantity": "q", "statistic": "mean", "paper": 1.0, "accept": exactly(1.0)}
    return base | {"control": None, "unit": "", "source": "s", "known": "read"} | changed


def test_binomial_interval_is_the_hand_computed_one():
    # 5 % of 2007 twice: sqrt(.05 * .95 * 2 / 2007) = .0068801, times 196 = 1.34850
    interval = binomial_interval(5.0, 2007, 2007)
    assert interval.low == pytest.approx(3.6515, abs=1e-4)
    assert interval.high == pytest.approx(6.3485, abs=1e-4)
    assert "2007" in interval.why


def test_binomial_interval_narrows_to_the_papers_error_with_many_of_ours():
    # 10 % of 100: sqrt(.1 * .9 / 100) = .03
    interval = binomial_interval(10.0, 100, 10**12, z=1.0)
    assert (interval.low, interval.high) == (pytest.approx(7.0), pytest.approx(13.0))


def test_binomial_interval_stays_between_0_and_100():
    assert binomial_interval(0.1, 100, 100).low == 0.0
    assert binomial_interval(99.9, 100, 100).high == 100.0


@pytest.mark.parametrize(("percent", "paper", "ours"), [(-1.0, 10, 10), (101.0, 10, 10), (5.0, 0, 10), (5.0, 10, 0)])
def test_binomial_interval_refuses_what_is_no_rate(percent, paper, ours):
    with pytest.raises(ValueError, match="binomial_interval"):
        binomial_interval(percent, paper, ours)


def test_ways_to_accept():
    assert exactly(54.0) == Within(54.0, 54.0, "exact")
    assert exactly(54.0).exact
    assert not printed(5.0, 1).exact
    assert (printed(5.0, 1).low, printed(5.0, 1).high) == (pytest.approx(4.95), pytest.approx(5.05))
    assert at_most(3.0, "w") == Within(-math.inf, 3.0, "w")
    assert at_least(3.0, "w") == Within(3.0, math.inf, "w")


@pytest.mark.parametrize(("low", "high"), [(2.0, 1.0), (math.nan, 1.0), (1.0, math.nan)])
def test_within_refuses_limits_that_accept_nothing(low, high):
    with pytest.raises(ValueError, match="low"):
        Within(low, high, "why")


@pytest.mark.parametrize("accept", [printed(1.0, 1), at_most(2.0, "w"), Below("other")])
def test_a_claim_that_accepts_more_than_one_value_needs_a_control(accept):
    with pytest.raises(ValueError, match=r"claim C: .* needs a control"):
        Claim(**fields(accept=accept))
    Claim(**fields(accept=accept, control="untrained"))


def test_run_writes_figures_and_lines(tmp_path):
    run = Run(tmp_path / "run")
    figure = Figure()
    figure.subplots().plot([0, 1])
    path = run.figure("curve", figure)
    assert path == tmp_path / "run" / "figures" / "curve.png"
    assert path.read_bytes().startswith(b"\x89PNG")
    assert list(path.parent.iterdir()) == [path]
    run.log(step=1, loss=0.5)
    run.log(step=2, loss=0.25)
    lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [{"step": 1, "loss": 0.5}, {"step": 2, "loss": 0.25}]


def test_run_without_a_bar_is_silent(tmp_path, capsys):
    with Run(tmp_path).progress("work", 10) as advance:
        advance(5, "loss 1.0")
    assert capsys.readouterr() == ("", "")


def test_write_text_leaves_the_old_file_when_writing_fails(tmp_path):
    path = tmp_path / "deep" / "file.txt"
    write_text(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "new \ud800")
    assert path.read_text() == "old"
    assert list(path.parent.iterdir()) == [path]
