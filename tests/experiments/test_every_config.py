"""Every config: two steps on synthetic data, with every field read and every claim's quantity measured."""

import dataclasses
import sys
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from research.claims import Below, Run, Within
from research.experiments import Entry, UnknownName, entry, names, seed_keys
from research.ledger.fingerprints import program_digest
from research.ledger.runs import nested
from research.training.checkpoints import newest

SPECIAL = {"__hash__", "__eq__", "__repr__", "asdict", "replace"}


def reading(config: Any) -> tuple[Any, set[str]]:
    """A copy of a config that notes which of its fields are read by name; hashing or printing it does not count."""
    read: set[str] = set()
    fields = {field.name for field in dataclasses.fields(config)}

    class Reading(type(config)):
        def __getattribute__(self, name: str) -> Any:
            if name in fields and sys._getframe(1).f_code.co_name not in SPECIAL:
                read.add(name)
            return super().__getattribute__(name)

    copy = Reading(**{name: getattr(config, name) for name in fields})
    read.clear()
    return copy, read


@pytest.fixture(scope="module", params=names())
def candidate(request: pytest.FixtureRequest) -> Entry:
    return entry(request.param)


def test_two_steps_read_every_field_and_measure_every_quantity(candidate: Entry, tmp_path: Any) -> None:
    config, read = reading(candidate.config)
    experiment = candidate.experiment
    measured = experiment.run(config, seed_keys(2), experiment.synthetic(config), Run(tmp_path), max_steps=2)
    unread = {field.name for field in dataclasses.fields(config)} - read
    assert not unread, f"{candidate.name}: fields read nowhere: {sorted(unread)}"
    for claim in candidate.claims:
        names_ = [claim.quantity, claim.control]
        if isinstance(claim.accept, Below) and claim.accept.config is None:
            names_.append(claim.accept.quantity)
        for name in filter(None, names_):
            values = np.atleast_1d(np.asarray(measured[name]))
            assert values.ndim == 1, f"{claim.id}: {name}"
            assert values.size in (1, 2), f"{claim.id}: {name} has {values.size} values for 2 seeds"
    _reads_pictures(candidate, tmp_path)


def _reads_pictures(candidate: Entry, folder: Path) -> None:
    """An experiment with a `reader` left the checkpoint that it names, whose parameters give a score a class."""
    if not hasattr(candidate.experiment, "reader"):
        return
    reader = candidate.experiment.reader(candidate.config)  # type: ignore[attr-defined]
    found = newest(folder / "checkpoints" / reader.training)
    assert found, f"{candidate.name}: its reader names the training {reader.training!r}, which left no checkpoint"
    state = nested(found[1])
    params = jax.tree.map(lambda leaf: leaf[0], state["params"]) if state["stopped"].ndim else state["params"]
    images = np.zeros((3, *reader.shape), np.float32)
    shape = jax.eval_shape(reader.scores, params, images).shape
    assert shape == (3, len(reader.classes)), f"{candidate.name}: scores of shape {shape}"


def test_an_unread_field_is_noticed() -> None:
    @dataclasses.dataclass(frozen=True)
    class Config:
        read: int = 1
        unread: int = 2

    config, read = reading(Config())
    hash(config)
    assert config.read == 1
    assert read == {"read"}


def test_the_same_program_lowers_to_the_same_text(candidate: Entry) -> None:
    first = program_digest(candidate)
    jax.clear_caches()
    assert program_digest(candidate) == first


def test_claims_are_well_formed(candidate: Entry) -> None:
    identifiers = [claim.id for claim in candidate.claims]
    assert len(identifiers) == len(set(identifiers))
    assert candidate.claims, candidate.name
    for claim in candidate.claims:
        assert claim.source, claim.id
        if isinstance(claim.accept, Within) and claim.paper is not None and claim.accept.exact:
            assert claim.accept.low == claim.paper, f"{claim.id}: accepts another value than the paper's"
    assert candidate.record.count("\n") > 5
    assert f"research run {candidate.name}" in candidate.record


def test_an_unknown_name_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'digits_quick'"):
        entry("digit_quick")


@pytest.mark.data
@pytest.mark.parametrize("name", names())
def test_synthetic_data_have_the_shapes_of_the_real(name: str) -> None:
    candidate = entry(name)
    try:
        real = candidate.experiment.load(candidate.config)
    except Exception as error:
        if type(error).__name__ != "MissingData":
            raise
        pytest.skip(str(error))
    made = candidate.experiment.synthetic(candidate.config)
    shapes = [[(np.shape(leaf), np.asarray(leaf).dtype) for leaf in jax.tree.leaves(tree)] for tree in (real, made)]
    assert shapes[0] == shapes[1]
