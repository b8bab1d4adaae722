"""The strips of the report: every seed, the accepted interval, paper and control, each in its place."""

import math
import re

import numpy as np
import pytest
from ledger_fakes import MEASURED, claim, fake_entry

from research.claims import Below, Within, at_most
from research.ledger.strip import CHARACTER, DOT, spark, strip
from research.ledger.verdicts import judge


def seeds(svg):
    return [float(x) for x in re.findall(r'class="seed" cx="([-\d.]+)%"', svg)]


def test_the_strip_places_each_seed_between_the_shaded_limits():
    svg = strip(judge(claim(), MEASURED, {}))
    low, width = (float(x) for x in re.search(r'class="accept" x="([\d.]+)%" width="([\d.]+)%"', svg).groups())
    assert (low, width) == (pytest.approx(100 * 0.24 / 2.48, abs=0.02), pytest.approx(100 * 2 / 2.48, abs=0.02))
    # 4.5, 5.0, 5.9 in 4..6
    assert seeds(svg) == pytest.approx([low + width * share for share in (0.25, 0.5, 0.95)], abs=0.02)
    assert float(re.search(r'class="paper" x1="([\d.]+)%"', svg).group(1)) == pytest.approx(low + width / 2, abs=0.02)
    assert "control ›" in svg


def test_the_strip_shades_to_the_edge_of_a_bound_and_shows_a_near_control():
    svg = strip(judge(claim(accept=at_most(8.0, "w"), control="linear"), MEASURED, {}))
    assert 'class="accept" x="0.00%"' in svg
    assert 'class="control"' in svg
    below = strip(judge(claim(accept=Below("linear"), paper=None), MEASURED, {}))
    assert 'class="accept" x="0.00%"' in below
    assert 'class="paper"' not in below


def limits(svg):
    """Left and right end of each limit's text in percent of the narrowest strip, and the text."""
    found = re.findall(r'class="limit" x="([-\d.]+)%" y="55" text-anchor="(\w+)">([^<]+)<', svg)
    before = {"start": 0.0, "middle": 0.5, "end": 1.0}
    left = [float(x) - before[anchor] * CHARACTER * len(text) for x, anchor, text in found]
    return [(x, x + CHARACTER * len(text), text) for x, (_, _, text) in zip(left, found, strict=True)]


@pytest.mark.parametrize("center", [0.0, 0.02, 0.04, 0.06, 0.1])
@pytest.mark.parametrize("half", [0.0005, 5e-7, 0.005])
def test_the_limits_of_a_strip_do_not_overlap(center, half):
    accept = Within(center - half, center + half, "w")
    measured = MEASURED | {"error": np.array([0.0, 0.1])}
    svg = strip(judge(claim(accept=accept, paper=None), measured, {}))
    (left, first_end, first), (second, right, last) = limits(svg)
    assert first != last
    assert first_end < second
    assert left >= 0
    assert right <= 100


def test_one_bound_has_one_label_and_one_exact_value_too():
    assert [text for _, _, text in limits(strip(judge(claim(accept=at_most(8.0, "w")), MEASURED, {})))] == ["8"]
    assert [text for _, _, text in limits(strip(judge(claim(accept=Within(4, 4, "w")), MEASURED, {})))] == ["4"]


def test_the_strip_takes_whole_numbers():
    judgement = judge(claim(accept=Within(4, 6, "w"), paper=5, unit="units"), MEASURED, {})
    assert 'class="paper"' in strip(judgement)


def test_the_strip_leaves_out_what_is_not_finite_and_what_shows_nothing(tmp_path):
    entry = fake_entry(tmp_path)
    measured = MEASURED | {"error": np.array([5.0, math.nan, math.inf])}
    assert len(seeds(strip(judge(claim(), measured, {})))) == 1
    assert strip(judge(claim(), None, {})) == ""
    assert strip(judge(entry.claims[2], MEASURED, {})) == ""
    assert strip(judge(claim(accept=at_most(5.0, "w"), paper=None), MEASURED | {"error": np.array([5.0])}, {})) != ""


def test_seeds_that_agree_are_as_many_dots_side_by_side():
    values = np.array([5.0, 5.0, 5.001, 5.0, 5.9])
    svg = strip(judge(claim(), MEASURED | {"error": values}, {}))
    dots = [(float(x), float(y)) for x, y in re.findall(r'class="seed" cx="([\d.]+)%" cy="([\d.]+)"', svg)]
    assert len(dots) == len(set(dots)) == 5
    for place, (x, y) in enumerate(dots):
        assert all(abs(x - other) > DOT or abs(y - level) >= 4 for other, level in dots[:place])
    assert re.findall(r"<title>(seed \d: [\d.]+)<", svg)[-1] == "seed 4: 5.90"


def test_the_spark_of_a_line_is_the_strip_without_words():
    judgement = judge(claim(), MEASURED, {})
    assert seeds(spark(judgement)) == seeds(strip(judgement))
    assert "<text" not in spark(judgement)
    assert spark(judge(claim(), None, {})) == ""
