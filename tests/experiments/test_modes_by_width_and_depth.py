"""Modes by width and depth: programs and graphs are the same networks, counts are polynomials, verdicts hold."""

import dataclasses
import itertools
import math
import re

import jax.numpy as jnp
import numpy as np
import pytest

from research.autodiff import paths
from research.claims import Run
from research.experiments import BadConfig, entry, seed_keys
from research.experiments import modes_by_width_and_depth as experiment
from research.experiments import modes_by_width_and_depth_networks as networks
from research.experiments.modes_by_width_and_depth_networks import Dense, Local
from research.ledger.verdicts import judge
from research.models import mlp

ODD = [Local(5, 3, 2), Local(1, 7, 1), Local(4, 2, 4), Dense(2, 2), Dense(3, 4)]


def drawn(size, seed=0):
    numbers = np.random.default_rng(seed)
    return [jnp.asarray(numbers.normal(size=shape), jnp.float32) for shape in size.shapes()]


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("modes")
    config = experiment.Config()
    return experiment.run(config, seed_keys(2), experiment.load(config), Run(folder), max_steps=2), folder


def test_the_smallest_sizes_give_the_recorded_verdicts(measured):
    """Three sizes leave one degree of freedom (t = 12.7), so that the width of an interval (GROW-14) asks for all."""
    claims = [claim for claim in entry("modes_by_width_and_depth").claims if claim.id != "GROW-14"]
    verdicts = {claim.id: judge(claim, measured[0], {}).verdict for claim in claims}
    assert {name for name, verdict in verdicts.items() if verdict != "reproduced"} == {"GROW-4"}
    assert {path.name for path in (measured[1] / "figures").iterdir()} == {"operations.png", "paths.png"}


@pytest.mark.parametrize("size", ODD, ids=str)
def test_counts_are_those_by_hand_and_those_of_the_walks(size):
    graph = networks.graph(size, [np.asarray(values) for values in drawn(size)])
    counted = networks.count(graph)
    assert counted == size.counts()
    for name, method in {"paths": paths.along_paths, "forward": paths.forward, "reverse": paths.reverse}.items():
        assert method(graph).multiplications == counted[name]


def test_the_dense_program_is_the_perceptron():
    size = Dense(3, 4)
    parameters, x = drawn(size)
    layers, rest = [], parameters
    for below, above in itertools.pairwise([3] * 4 + [1]):
        biases, weights, rest = jnp.split(rest, [above, above * (below + 1)])
        layers.append({"weights": weights.reshape(below, above), "biases": biases})
    assert not rest.size
    np.testing.assert_allclose(networks.dense(parameters, x), mlp.apply(layers, x, jnp.tanh), rtol=1e-5)


def test_the_local_program_reads_the_units_that_its_formula_says():
    biases, weights, readout = drawn(Local(5, 3, 2))
    h = np.tanh(biases[:5])
    for layer in (1, 2):
        sums = [
            biases[5 * layer + j] + sum(weights[layer - 1, r, j] * h[(j + r) % 5] for r in range(2)) for j in range(5)
        ]
        h = np.tanh(sums)
    np.testing.assert_allclose(networks.local(biases, weights, readout), [readout @ h], rtol=1e-5)


def test_operations_of_a_chain_are_polynomials_of_its_length():
    counted = experiment.operations([Local(1, n, 1) for n in (4, 5, 6, 7)])
    for name, degree in {"reverse": 1, "forward": 2, "differences": 2}.items():
        for kind in ("graph", "lowered"):
            assert np.diff(counted[f"{name}_{kind}"], degree).min() > 0
            assert not np.diff(counted[f"{name}_{kind}"], degree + 1).any()


def test_programs_of_all_rows_are_lowered():
    lowered = experiment.programs(experiment.Config(), {})
    assert len(lowered) == 8
    assert all("func.func public @main" in program.as_text() for program in lowered.values())


ASCENDING = [(16, 32), (16, 64, 32), (16, 16, 32), (0, 16, 32)]
REFUSED = {
    "widths": [*ASCENDING, (2, 16, 32)],
    "layers": [0, 1],
    "fan_in": [0, 17],
    "chain_lengths": [*ASCENDING, (1, 2, 3)],
    "dense_widths": ASCENDING,
    "dense_layers": [0, 1],
    "deep_width": [0],
    "deep_layers": [*ASCENDING, (1, 2, 3)],
    "path_width": [0, 2],
    "path_fan_in": [0, 9],
    "path_layers": [0, 1],
    "confidence": [0.0, 1.0, math.nan],
}


def test_every_field_has_values_that_are_refused():
    assert REFUSED.keys() == {field.name for field in dataclasses.fields(experiment.Config)}


@pytest.mark.parametrize(("field", "value"), [(name, value) for name in REFUSED for value in REFUSED[name]])
def test_sizes_without_a_line_are_refused(field, value):
    with pytest.raises(
        BadConfig, match=rf"= {re.escape(str(value))}: must be|must be at most the width, {value}|fan_in"
    ):
        experiment.Config(**{field: value})
