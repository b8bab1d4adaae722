"""Memory by depth: the three derivatives agree, segments are sought where they are said to be, verdicts hold."""

import dataclasses
import math
import re

import jax
import numpy as np
import pytest

from research.claims import Run
from research.experiments import BadConfig, entry, memory_by_depth, seed_keys
from research.ledger.verdicts import judge


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("memory")
    config = memory_by_depth.Config()
    return memory_by_depth.run(config, seed_keys(1), memory_by_depth.load(config), Run(folder), max_steps=2), folder


def test_three_depths_give_the_recorded_verdicts(measured):
    """MEMORY-9 and the limits that are printed for the deepest network ask for all depths."""
    asked = [claim for claim in entry("memory_by_depth").claims if claim.id not in LARGE]
    verdicts = {claim.id: judge(claim, measured[0], {}).verdict for claim in asked}
    assert {name for name, verdict in verdicts.items() if verdict != "reproduced"} == {"MEMORY-4"}
    assert {path.name for path in (measured[1] / "figures").iterdir()} == {"memory.png", "segments.png"}


LARGE = {"MEMORY-4 inputs", "MEMORY-6", "MEMORY-9"}


def test_forward_mode_along_ones_is_the_sum_of_the_gradient():
    numbers = np.random.default_rng(0)
    weights, x = (numbers.normal(size=shape).astype(np.float32) for shape in ((3, 3), (5, 3)))
    pushed = jax.jit(memory_by_depth.pushed, static_argnums=2)(weights, x, 4)
    pulled = jax.jit(memory_by_depth.pulled, static_argnums=(2, 3))(weights, x, 4, 2)
    np.testing.assert_allclose(pushed, pulled.sum(), rtol=1e-5)


def test_segments_are_sought_near_the_root():
    config = memory_by_depth.Config()
    assert memory_by_depth.divisors(36) == [1, 2, 3, 4, 6, 9, 12, 18, 36]
    assert memory_by_depth.near(config, 36) == [3, 4, 6, 9, 12]
    assert memory_by_depth.near(dataclasses.replace(config, reach=1), 36) == [6]


REFUSED = {
    "width": [0, -1],
    "batch": [0],
    "depths": [(), (16, 64), (16, 64, 65), (64, 16, 256), (16, 16, 64), (0, 16, 64)],
    "reach": [0],
    "confidence": [0.0, 1.0, math.nan],
}


def test_every_field_has_values_that_are_refused():
    assert REFUSED.keys() == {field.name for field in dataclasses.fields(memory_by_depth.Config)}


@pytest.mark.parametrize(("field", "value"), [(name, value) for name in REFUSED for value in REFUSED[name]])
def test_a_field_without_a_line_or_a_root_is_refused(field, value):
    with pytest.raises(BadConfig, match=rf"^{field} = {re.escape(str(value))}: must be"):
        memory_by_depth.Config(**{field: value})
