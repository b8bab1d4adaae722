"""Verdicts: the truth table, the statistics, the orderings, and a control that passes."""

import dataclasses
import math

import numpy as np
import pytest
from ledger_fakes import MEASURED, claim

from research.claims import Below, Within, at_least, at_most, exactly, printed
from research.ledger.verdicts import ControlPassed, MissingQuantity, judge, statistic, worse

REJECTED = np.array([50.0])


def verdict(values, reduced="", others=None, **fields):
    measured = MEASURED | {"error": np.asarray(values, float)}
    return judge(claim(**fields), measured, others or {}, reduced)


def test_reproduced_with_mean_spread_and_control():
    judgement = verdict([4.5, 5.0, 5.9])
    assert judgement.verdict == "reproduced"
    assert judgement.value == pytest.approx(5.13333, abs=1e-5)
    assert judgement.spread == pytest.approx(0.70946, abs=1e-5)  # sqrt((.4011 + .0178 + .5878) / 2)
    assert judgement.values == (4.5, 5.0, 5.9)
    assert judgement.control == pytest.approx(91.0)
    assert judgement.limits == (4.0, 6.0)
    assert judgement.accept == "4 to 6 (a wide interval)"


def test_a_tight_interval_is_told_with_enough_digits():
    accept = verdict([0.25], accept=printed(0.25, 6), unit="").accept
    assert accept == "0.2499995 to 0.2500005 (rounds to 0.250000)"


def test_one_value_has_no_spread():
    assert verdict([5.0]).spread is None


@pytest.mark.parametrize(
    ("values", "reduced", "own", "expected", "accepted"),
    [
        ([5.0], "", "", "reproduced", True),
        ([4.0], "", "", "reproduced", True),
        ([6.0], "", "", "reproduced", True),
        ([6.1], "", "", "differs", False),
        ([3.9], "", "", "differs", False),
        ([math.nan], "", "", "differs", False),
        ([5.0, math.nan], "", "", "differs", False),
        ([5.0], "1 of 3 seeds", "", "reduced", True),
        ([5.0], "", "half the data", "reduced", True),
        ([7.0], "", "half the data", "reduced", False),
    ],
)
def test_truth_table(values, reduced, own, expected, accepted):
    judgement = judge(claim(reduced=own), MEASURED | {"error": np.asarray(values)}, {}, reduced)
    assert (judgement.verdict, judgement.accepted) == (expected, accepted)
    assert judgement.reduced == own + reduced


def test_not_run():
    judgement = judge(claim(), None, {})
    assert (judgement.verdict, judgement.accepted, judgement.value, judgement.values) == ("not run", None, None, ())


@pytest.mark.parametrize("accept", [Within(-1.0, 1.0, "w"), at_most(3.0, "w"), at_least(-3.0, "w"), Below("y")])
@pytest.mark.parametrize("kind", ["mean", "median", "worst", "every", "share"])
def test_nan_is_never_accepted(accept, kind):
    measured = {"error": np.array([0.0, math.nan]), "nans": np.array([math.nan]), "y": np.ones(2)}
    judgement = judge(claim(accept=accept, statistic=kind, control="nans"), measured, {})
    assert judgement.verdict == "differs"


@pytest.mark.parametrize(
    ("kind", "accept", "values", "value", "accepted"),
    [
        ("mean", at_most(3.0, "w"), [1.0, 2.0, 6.0], 3.0, True),
        ("median", at_most(3.0, "w"), [1.0, 2.0, 9.0], 2.0, True),
        ("worst", at_most(3.0, "w"), [1.0, 2.0, 3.5], 3.5, False),
        ("worst", at_most(4.0, "w"), [1.0, 2.0, 3.5], 3.5, True),
        ("worst", at_least(3.0, "w"), [4.0, 2.0, 9.0], 2.0, False),
        ("worst", Within(4.0, 6.0, "w"), [4.9, 3.0, 5.0], 3.0, False),
        ("worst", Within(4.0, 6.0, "w"), [4.9, 5.8, 5.0], 5.8, True),
        ("every", at_most(3.0, "w"), [1.0, 2.0, 3.5], 6.5 / 3, False),
        ("every", at_most(3.5, "w"), [1.0, 2.0, 3.5], 6.5 / 3, True),
        ("share", at_least(0.75, "w"), [1.0, 1.0, 0.0, 1.0], 0.75, True),
        ("share", at_least(0.8, "w"), [1.0, 1.0, 0.0, 1.0], 0.75, False),
    ],
)
def test_statistics(kind, accept, values, value, accepted):
    control = np.array([0.0]) if accept.high == math.inf else REJECTED
    judgement = judge(claim(statistic=kind, accept=accept, control="c"), {"error": np.array(values), "c": control}, {})
    assert judgement.value == pytest.approx(value)
    assert judgement.accepted is accepted


def test_worst_is_the_value_farthest_outside_whatever_the_paper_says():
    # 0 lies farther from the paper's 5.5 than 10.5 does, and is accepted; 10.5 is not
    assert statistic(claim(statistic="worst", paper=5.5, accept=at_most(10.0, "w")), np.array([0.0, 10.5])) == 10.5


def test_a_share_is_of_zeros_and_ones():
    with pytest.raises(ValueError, match="claim C-1: a share"):
        verdict([0.5], statistic="share")


def ordering(x, y, kind="mean", margin=0.0):
    measured = {"error": np.asarray(x, float), "other": np.asarray(y, float), "c": np.full(len(x), 99.0)}
    return judge(claim(statistic=kind, accept=Below("other", margin=margin), control="c"), measured, {})


def test_below_is_strict_and_keeps_its_margin():
    assert ordering([1.0, 2.0], [2.0, 3.0]).verdict == "reproduced"
    assert ordering([2.0], [2.0]).verdict == "differs"
    assert ordering([1.0], [2.0], margin=0.9).verdict == "reproduced"
    assert ordering([1.0], [2.0], margin=1.0).verdict == "differs"
    assert ordering([1.0], [2.0], margin=0.5).accept == "< other - 0.5 = 1.5"
    assert ordering([1.0], [math.nan]).verdict == "differs"


def test_below_every_goes_seed_by_seed_and_worst_against_the_smallest():
    crossing = ([1.0, 5.0], [2.0, 6.0])  # each under its own, 5 not under 2
    assert ordering(*crossing, kind="every").verdict == "reproduced"
    assert ordering(*crossing, kind="worst").verdict == "differs"
    assert ordering([1.0, 5.0], [2.0, 4.0], kind="every").verdict == "differs"
    assert ordering([1.0, 5.0], [6.0], kind="every").verdict == "reproduced"
    with pytest.raises(ValueError, match=r"claim C-1: seed by seed, 2 values cannot be under 3"):
        ordering([1.0, 5.0], [6.0, 7.0, 8.0], kind="every")


def test_below_across_configs():
    across = claim(accept=Below("error", config="linear_fit"))
    judgement = judge(across, MEASURED, {"linear_fit": {"error": np.array([8.0])}})
    assert (judgement.verdict, judgement.accept) == ("reproduced", "< error of linear_fit = 8")
    missing = judge(across, MEASURED, {})
    assert (missing.verdict, missing.accepted, missing.value) == ("not run", None, pytest.approx(5.13333, abs=1e-4))
    with pytest.raises(MissingQuantity, match=r"claim C-1: 'error' was not measured by linear_fit; measured: loss"):
        judge(across, MEASURED, {"linear_fit": {"loss": np.array([8.0])}})


@pytest.mark.parametrize("kind", ["mean", "median", "worst", "every"])
def test_a_control_that_passes_raises(kind):
    measured = MEASURED | {"untrained": np.array([5.5, 5.4])}
    with pytest.raises(
        ControlPassed, match=r"claim C-1: its control passes: untrained = 5\.\d+ % is accepted by 4 to 6"
    ):
        judge(claim(statistic=kind), measured, {})


def test_a_control_that_passes_raises_in_reduced_runs_and_orderings_too():
    with pytest.raises(ControlPassed, match="untrained"):
        judge(claim(reduced="less"), MEASURED | {"untrained": np.array([5.0])}, {})
    with pytest.raises(ControlPassed, match=r"< linear = 9"):
        judge(claim(accept=Below("linear")), MEASURED | {"untrained": np.array([8.5])}, {})


@pytest.mark.parametrize("gone", ["error", "untrained"])
def test_a_missing_quantity_is_named(gone):
    measured = {name: values for name, values in MEASURED.items() if name != gone}
    with pytest.raises(MissingQuantity, match=f"claim C-1: '{gone}' was not measured; measured: .*linear, .*units"):
        judge(claim(), measured, {})


def test_values_must_be_flat():
    with pytest.raises(ValueError, match=r"'error' has shape \(2, 2\)"):
        judge(claim(), MEASURED | {"error": np.zeros((2, 2))}, {})
    with pytest.raises(ValueError, match=r"'error' has shape \(0,\)"):
        judge(claim(), MEASURED | {"error": np.zeros(0)}, {})


def test_worse_is_accepted_then_and_not_now():
    good, bad, none = verdict([5.0]), verdict([7.0]), judge(claim(), None, {})
    assert worse(bad, good)
    assert not worse(good, bad)
    assert not worse(good, good)
    assert not worse(bad, bad)
    assert not worse(none, good)
    assert not worse(bad, none)


def test_worse_sees_through_reduced_and_ignores_partial_runs():
    good, bad = verdict([5.0], reduced="half"), verdict([7.0], reduced="half")
    assert (good.verdict, bad.verdict) == ("reduced", "reduced")
    assert worse(bad, good)
    assert not worse(bad, verdict([5.0]))  # measured with less than the record: says nothing of it


def test_judgements_are_immutable():
    with pytest.raises(dataclasses.FrozenInstanceError):
        verdict([5.0]).verdict = "differs"  # type: ignore[misc]


def test_whole_numbers_serve_as_figures_and_limits():
    judgement = verdict([54.0], accept=exactly(54), paper=54, control=None, unit="units")
    assert (judgement.verdict, judgement.accept, judgement.limits) == ("reproduced", "= 54", (54.0, 54.0))
    assert verdict([5.0], accept=Within(4, 6, "w"), paper=5).verdict == "reproduced"
    assert verdict([5.0], accept=Below("linear", margin=1), paper=None).accept == "< linear - 1 = 8"
