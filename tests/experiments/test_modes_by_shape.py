"""Counts by hand, who wins where, controls without a crossing, and fields that are refused."""

import dataclasses
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from matplotlib.figure import Figure

from research.claims import Run
from research.experiments import BadConfig, entry, modes_by_shape, seed_keys
from research.experiments import modes_by_shape_figures as figures
from research.ledger.verdicts import judge

SMALL = modes_by_shape.Config(sizes=(1, 2, 4), control_sizes=(1, 16), run_sizes=(1, 2), repeats=2, products=512)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("modes_by_shape")
    return modes_by_shape.run(SMALL, seed_keys(1), modes_by_shape.load(SMALL), Run(folder)), folder


def test_a_small_run_reproduces_every_claim(measured):
    verdicts = {claim.id: judge(claim, measured[0], {}).verdict for claim in entry("modes_by_shape").claims}
    assert set(verdicts.values()) == {"reproduced"}, verdicts


def test_the_map_and_its_numbers_are_written(measured):
    assert [path.name for path in (measured[1] / "figures").iterdir()] == ["crossing.png"]
    assert len((measured[1] / "metrics.jsonl").read_text().splitlines()) == 3 * 3 + 2


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 6), (6, 1), (3, 5), (5, 3), (12, 12)])
def test_operations_by_hand(n, m):
    h = modes_by_shape.shapes(n, m, 300)[1].shape[0]
    counted = modes_by_shape.operations(n, m, 300, modes_by_shape.network)
    assert tuple(counted) == modes_by_shape.operations_by_hand(n, m, h)


def test_the_middle_width_keeps_the_products_of_f():
    for n, m in ((1, 1), (1, 512), (512, 1), (64, 512), (512, 512)):
        (_, inputs), (outputs, h) = (array.shape for array in modes_by_shape.shapes(n, m, 8192)[1:])
        assert h * (inputs + outputs) == pytest.approx(8192, rel=1 / 16)  # h is 8 or more, rounded
    assert modes_by_shape.shapes(8, 8, 1)[1].shape == (1, 8)


@pytest.mark.parametrize("of", [modes_by_shape.network, modes_by_shape.one_output, modes_by_shape.one_input])
def test_both_modes_give_the_jacobian_of_every_form(of):
    rng = np.random.default_rng(0)
    drawn = [jnp.asarray(rng.normal(size=array.shape), jnp.float32) for array in modes_by_shape.shapes(3, 2, 20, of)]
    forward, reverse = (jax.jit(mode(of))(*drawn) for mode in modes_by_shape.MODES)
    rows, columns = 1 if of is modes_by_shape.one_output else 2, 1 if of is modes_by_shape.one_input else 3
    assert forward.shape == (rows, columns)
    np.testing.assert_allclose(forward, reverse, rtol=1e-4, atol=1e-6)


def test_the_controls_are_the_network_with_a_side_taken_away():
    rng = np.random.default_rng(1)
    x, W, V = (jnp.asarray(rng.normal(size=array.shape)) for array in modes_by_shape.shapes(3, 2, 20))
    np.testing.assert_allclose(
        modes_by_shape.one_output(x, W, V), modes_by_shape.network(x, W, V).sum(keepdims=True), rtol=1e-6
    )
    np.testing.assert_allclose(
        modes_by_shape.one_input(x[:1], W, V), modes_by_shape.network(jnp.full(3, x[0]), W, V), rtol=1e-6
    )


def test_a_side_that_is_taken_away_costs_one_sweep():
    """Four times the outputs at the same cost of f: the Jacobian of their sum costs reverse mode no more."""
    few, many = (modes_by_shape.operations(16, m, 8192, modes_by_shape.one_output) for m in (16, 64))
    assert many[1] < 1.1 * few[1]
    assert few[0] > 5 * few[1]
    few, many = (modes_by_shape.operations(n, 16, 8192, modes_by_shape.one_input) for n in (16, 64))
    assert many[0] < 1.1 * few[0]
    assert few[1] > 5 * few[0]


def test_a_crossing_is_found_where_it_was_put():
    sizes = (1, 4, 16, 64)
    n, m = np.meshgrid(sizes, sizes, indexing="ij")
    ratio = modes_by_shape.log_ratio(np.stack([n * 1.0, 2.0 * m**0.5], axis=-1))
    np.testing.assert_allclose(modes_by_shape.crossings(sizes, ratio), [2, 4, 8, 16])
    found = modes_by_shape.summary(sizes, ratio)
    assert found["crossing_slope"] == pytest.approx(0.5)
    assert found["crossing_ratio"] == pytest.approx(2 / 8**0.5)
    assert found["diagonal"] == pytest.approx(2.0)
    assert found["reverse_wins"] == 1.0
    assert found["forward_wins"] == pytest.approx(5 / 6)  # (1, 4) is a tie: 4 = 2 * 2


def test_a_crossing_beyond_the_grid_is_cut_to_it():
    sizes = (1, 2, 4)
    assert modes_by_shape.crossings(sizes, np.array([[1.0, -3], [2, -2], [3, -1]])).tolist() == [1, 4]


def test_programs_are_those_of_both_modes_and_three_forms():
    lowered = modes_by_shape.programs(SMALL, modes_by_shape.synthetic(SMALL))
    assert len(lowered) == 6
    assert "tensor<2x4xf32>" in lowered["network, jacrev"].as_text()
    assert len({program.as_text() for program in lowered.values()}) == 6


def test_the_map_has_inputs_to_the_right_and_outputs_upwards():
    ratio = np.array([[0.0, -1], [1, 0]])  # row n, column m: forward mode wins at n = 1, m = 2
    drawn = figures.crossing((1, 2), ratio, np.array([1.0, 2.0]), np.array([(1, 2), (2, 1)]), -ratio)
    assert isinstance(drawn, Figure)
    (image,) = drawn.axes[0].images
    assert np.asarray(image.get_array())[1, 0] == -1
    assert image.origin == "lower"
    operations = drawn.axes[1].lines[2]
    assert np.asarray(operations.get_xydata()).tolist() == [[-1, 0], [1, -1]]
    assert (drawn.axes[0].get_xlabel(), drawn.axes[0].get_ylabel()) == ("inputs n", "outputs m")


ABOVE = "above 0 and finite"
GRID = ("two or more, each twice the one before or more, 1 to 1,024|" + ABOVE, [(), (4,), (2, 3), (4, 2), (0, 2)])
REFUSED = {
    "sizes": GRID,
    "control_sizes": GRID,
    "run_sizes": (GRID[0], [*GRID[1], (1, 1025)]),
    "products": ("1 to 1,000,000|" + ABOVE, [0, 1_000_001]),
    "repeats": ("1 to 1,000|" + ABOVE, [0, 1001]),
}


def test_every_field_has_values_that_are_refused():
    assert REFUSED.keys() == {field.name for field in dataclasses.fields(modes_by_shape.Config)}


@pytest.mark.parametrize(("field", "value"), [(name, value) for name in REFUSED for value in REFUSED[name][1]])
def test_a_field_with_which_nothing_can_be_measured_is_refused(field, value):
    with pytest.raises(BadConfig, match=rf"^{field} = {re.escape(str(value))}: must be .*({REFUSED[field][0]})"):
        modes_by_shape.Config(**{field: value})
