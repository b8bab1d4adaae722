import dataclasses
import math
import re

import numpy as np
import pytest

from research.claims import Below, Run
from research.data import separable
from research.experiments import BadConfig, entry, seed_keys, threshold_units
from research.experiments import threshold_units_figures as figures
from research.ledger.verdicts import judge
from research.models import threshold

SMALL = threshold_units.Config(problems=20, shuffled_passes=10, xor_steps=400)
DIFFERS = {"PERC-3", "PERC-4"}


def measure(config, folder, seeds=2, max_steps=None):
    data = threshold_units.load(config)
    return threshold_units.run(config, seed_keys(seeds), data, Run(folder), max_steps)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("threshold_units")
    return measure(SMALL, folder), folder


def test_a_small_run_gives_the_recorded_verdicts(measured):
    claims = entry("threshold_units").claims
    verdicts = {claim.id: judge(claim, measured[0], {}).verdict for claim in claims}
    assert {name for name, verdict in verdicts.items() if verdict != "reproduced"} == DIFFERS


def test_one_value_a_seed_or_one_in_all(measured):
    assert {values.shape for values in measured[0].values()} == {(1,), (2,)}


def test_the_three_figures_are_written(measured):
    written = {path.name for path in (measured[1] / "figures").iterdir()}
    assert written == {"boolean_functions.png", "novikoff.png", "learning_rates.png"}


def test_two_steps_measure_every_quantity_of_the_claims(tmp_path):
    two = measure(threshold_units.Config(), tmp_path, max_steps=2)
    for claim in entry("threshold_units").claims:
        assert not isinstance(claim.accept, Below)
        assert np.isfinite(two[claim.quantity]).all(), claim.id
        assert claim.control is None or np.isfinite(two[claim.control]).all(), claim.id
    assert two["threshold_5"] < 94572


def test_a_program_is_lowered_for_each_search():
    lowered = threshold_units.programs(SMALL, threshold_units.synthetic(SMALL))
    assert sorted(lowered) == ["bound", "descent", "perceptron", "xor"]
    assert all("func.func public @main" in program.as_text() for program in lowered.values())


def test_nothing_is_needed_and_the_tables_are_true():
    assert threshold_units.needs(SMALL) == ()
    data = threshold_units.load(SMALL)
    assert {name: data[name].tolist() for name in ("AND", "OR", "XOR")} == {
        "AND": [0, 0, 0, 1],
        "OR": [0, 1, 1, 1],
        "XOR": [0, 1, 1, 0],
    }


POSITIVE, COUNT = "above 0 and finite", "1 to 2,147,483,647"
REFUSED = {
    "weight_bounds": ("five whole numbers, 1 to 9", [(), (1, 1, 2, 3), (1, 1, 2, 3, 5, 6), (1, 0, 2, 3, 5), (10,) * 5]),
    "problems": (COUNT, [0, -1, 2**31]),
    "examples": ("10 to 2,147,483,647", [9, 2**31]),
    "dimensions": ("2 to 2,147,483,647", [1, 2**31]),
    "margins": ("the smallest, then the largest|" + POSITIVE, [(0.5, 0.02), (0.0, 0.5), (0.1, math.nan)]),
    "most_passes": (COUNT, [0, 2**31]),
    "shuffled_passes": (COUNT, [0, 2**31]),
    "rates": (
        f"two or more, ascending, 1 among them|{POSITIVE}",
        [(), (1.0,), (0.5, 2.0), (2.0, 1.0), (1.0, 1.0), (0.0, 1.0), (1.0, math.inf)],
    ),
    "rate_margin": (POSITIVE, [0.0, -0.1, math.nan]),
    "descent_rates": (
        f"ascending, below 2, two or more of them at most 1 / 4|{POSITIVE}",
        [(), (1.0, 1.5), (0.25, 0.5), (0.25, 0.125), (0.1, 0.1), (0.1, 0.2, 2.0), (-0.1, 0.2)],
    ),
    "edge": (f"below 1|{POSITIVE}", [0.0, 1.0, math.nan]),
    "overshoot_rate": (f"above 1, below 2|{POSITIVE}", [1.0, 2.0, math.nan]),
    "tolerance": (f"below 1|{POSITIVE}", [0.0, 1.0, math.nan]),
    "most_steps": (COUNT, [0, 2**31]),
    "xor_steps": ("2 to 2,147,483,647", [0, 1, 2**31]),
    "parity_inputs": ("1 to 12", [0, 13]),
}


def test_every_field_has_values_that_are_refused():
    assert REFUSED.keys() == {field.name for field in dataclasses.fields(SMALL)}


@pytest.mark.parametrize(("field", "value"), [(name, value) for name in REFUSED for value in REFUSED[name][1]])
def test_a_field_with_which_nothing_can_be_measured_is_refused(field, value):
    with pytest.raises(BadConfig, match=rf"^{field} = {re.escape(str(value))}: must be .*({REFUSED[field][0]})"):
        threshold_units.Config(**{field: value})


def test_the_smallest_config_measures_every_quantity(tmp_path, measured):
    smallest = threshold_units.Config(
        weight_bounds=(1,) * 5,
        problems=1,
        examples=10,
        dimensions=2,
        margins=(0.1, 0.1),
        most_passes=1,
        shuffled_passes=1,
        rates=(0.5, 1.0),
        descent_rates=(0.125, 0.25),
        most_steps=1,
        xor_steps=2,
        parity_inputs=1,
    )
    assert measure(smallest, tmp_path).keys() == measured[0].keys()


def test_titles_count_their_inputs():
    titles = [claim.title for claim in entry("threshold_units").claims]
    assert sum("of 1 input that" in title for title in titles) == 2
    assert not any("of 1 inputs" in title for title in titles)


def test_lines_separate_what_they_are_drawn_for():
    x = np.asarray(threshold.inputs(2)).astype(int)
    lines = figures.separating_lines()
    assert sorted(lines) == [code for code in range(16) if code not in (6, 9)]
    for code, (a, b, theta) in lines.items():
        assert ((x @ [a, b] > theta) @ [1, 2, 4, 8]) == code


def test_problems_have_at_least_their_margin():
    drawn = separable.problem(np.random.default_rng(0), 30, 4, 0.2, (50, 6))
    assert drawn.x.shape == (50, 6)
    assert ((2 * drawn.y - 1) * (drawn.x @ drawn.w)).min() >= 0.2 - 1e-6
    assert not drawn.x[:, 4:].any()
    np.testing.assert_array_equal(drawn.x[30:], drawn.x[:20])
    np.testing.assert_array_equal(drawn.y[:29], drawn.moved[1:30])


def test_problems_depend_on_their_key_alone():
    one, two = seed_keys(2)
    first, again, other = (separable.problems(key, 3, (12, 3), (0.1, 0.2)) for key in (one, one, two))
    np.testing.assert_array_equal(first.x, again.x)
    assert not np.array_equal(first.x, other.x)


@pytest.mark.parametrize("change", [{"count": 0}, {"shape": (9, 3)}, {"shape": (10, 1)}, {"margins": (0.3, 0.1)}])
def test_problems_that_cannot_be_drawn_are_refused(change):
    arguments = {"count": 1, "shape": (10, 2), "margins": (0.1, 0.3)} | change
    with pytest.raises(ValueError, match="no such problems"):
        separable.problems(seed_keys(1)[0], **arguments)
