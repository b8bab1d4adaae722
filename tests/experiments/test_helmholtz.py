"""Counts that are polynomials, gradients that agree, verdicts of a small run, and fields that are refused."""

import dataclasses
import math
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from matplotlib.figure import Figure

from research.autodiff.cost import cost
from research.claims import Run
from research.experiments import BadConfig, entry, helmholtz, seed_keys
from research.experiments import helmholtz_figures as figures
from research.ledger.verdicts import judge

SMALL = helmholtz.Config(sizes=(1, 3, 50), run_sizes=(50,), repeats=3)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("helmholtz")
    return helmholtz.run(SMALL, seed_keys(2), helmholtz.load(SMALL), Run(folder)), folder


def test_a_small_run_gives_the_recorded_verdicts(measured):
    verdicts = {claim.id: judge(claim, measured[0], {}).verdict for claim in entry("helmholtz").claims}
    assert {name for name, verdict in verdicts.items() if verdict != "reproduced"} == {"AD-2.50"}


def test_the_figure_and_the_table_are_written(measured):
    assert [path.name for path in (measured[1] / "figures").iterdir()] == ["cost_of_the_gradient.png"]
    lines = (measured[1] / "metrics.jsonl").read_text().splitlines()
    assert len(lines) == 4
    assert '"operations_f": 52' in lines[1]


def test_the_energy_of_two_components_is_its_formula():
    x, A, b = [0.25, 0.4], [[0.5, 0.2], [0.7, 0.3]], [0.8, 0.1]
    v, root = b[0] * x[0] + b[1] * x[1], math.sqrt(2)
    mixing = sum(each * math.log(each / (1 - v)) for each in x)
    square = sum(x[i] * A[i][j] * x[j] for i in range(2) for j in range(2))
    log = math.log((1 + (1 + root) * v) / (1 + (1 - root) * v))
    found = jax.jit(helmholtz.energy)(*map(jnp.asarray, (x, A, b)))
    np.testing.assert_allclose(found, mixing - square / (math.sqrt(8) * v) * log, rtol=1e-5)


@pytest.mark.parametrize("n", [1, 2, 7, 40])
def test_operations_by_hand(n):
    assert cost(helmholtz.energy, *helmholtz.shapes(n)).operations == helmholtz.operations_of_energy(n)


def test_the_counts_are_polynomials_of_the_degree_that_the_theory_says():
    """f and reverse mode n^2, forward mode and differences n^3: the next difference of the counts vanishes."""
    for name, degree in {"f": 2, "reverse": 2, "forward": 3, "numerical": 3}.items():
        counts = [cost(helmholtz.FUNCTIONS[name], *helmholtz.shapes(n)).operations for n in range(2, 4 + degree)]
        assert not np.diff(counts, degree + 1).any(), name
        assert np.diff(counts, degree).all(), name


def test_a_mixture_lies_where_the_energy_is_defined_and_depends_on_its_key():
    one, two = seed_keys(2)
    for n in (1, 30):
        x, A, b = helmholtz.mixture(one, n)
        assert x.min() > 0
        assert 0 < b @ x < 1
        assert A.shape == (n, n)
        assert not np.array_equal(x, helmholtz.mixture(two, n)[0])


def test_a_program_is_lowered_for_every_function_that_is_counted():
    lowered = helmholtz.programs(SMALL, helmholtz.synthetic(SMALL))
    assert sorted(lowered) == ["differences", "f", "forward", "numerical", "reverse"]
    assert "tensor<50x50xf64>" in lowered["differences"].as_text()
    assert "f64" not in lowered["reverse"].as_text()


def test_the_papers_table_belongs_together():
    """Its two statements of a time agree to a hundredth: relative to f at n = 1, over f's own, is the quotient."""
    table = helmholtz.load(SMALL)
    assert {column.shape for column in table.values()} == {(8,)}
    f, numerical, reverse = 174.44, 4995.96, 342.33
    assert table["numerical"][-1] == pytest.approx(numerical / f, abs=0.011)
    assert table["reverse"][-1] == pytest.approx(reverse / f, abs=0.011)


def test_the_figure_has_a_line_a_way_and_open_markers_for_the_paper():
    ratio = {name: np.array([1.0, 2.0]) for name in helmholtz.GRADIENTS}
    times = {8: dict.fromkeys(helmholtz.FUNCTIONS, 1e-6)}
    drawn = figures.cost((1, 8), ratio, times, helmholtz.load(SMALL))
    assert isinstance(drawn, Figure)
    left = drawn.axes[0]
    assert (left.get_xscale(), left.get_yscale()) == ("log", "log")
    assert sum(line.get_markerfacecolor() == "none" and np.size(line.get_xdata()) == 8 for line in left.lines) == 3


ABOVE = "above 0 and finite"
REFUSED = {
    "sizes": ("two or more, ascending, 1 to 1,000|" + ABOVE, [(), (50,), (50, 8), (1, 50, 50), (0, 50), (50, 1001)]),
    "compared": ("one of sizes|" + ABOVE, [0, 7]),
    "run_sizes": ("one or more of sizes|" + ABOVE, [(), (0,), (1, 7)]),
    "repeats": ("1 to 1,000|" + ABOVE, [0, 1001]),
}


def test_every_field_has_values_that_are_refused():
    assert REFUSED.keys() == {field.name for field in dataclasses.fields(helmholtz.Config)}


@pytest.mark.parametrize(("field", "value"), [(name, value) for name in REFUSED for value in REFUSED[name][1]])
def test_a_field_with_which_nothing_can_be_measured_is_refused(field, value):
    with pytest.raises(BadConfig, match=rf"^{field} = {re.escape(str(value))}: must be .*({REFUSED[field][0]})"):
        helmholtz.Config(**{field: value})
