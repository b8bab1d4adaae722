"""Records and fingerprints: round trip, seal, and what makes a record stale."""

import dataclasses
import json
import math
import os
import subprocess
import sys

import jax
import numpy as np
import pytest
from ledger_fakes import MEASURED, SOURCE, fake_entry

from research.ledger.fingerprints import fingerprint, program_digest, source_digest
from research.ledger.records import BadRecord, machine, read, read_all, record_of, stale, versions, write


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "experiment"


@pytest.fixture
def entry(folder):
    return fake_entry(folder)


@pytest.fixture
def record(entry):
    return record_of(entry, MEASURED, fingerprint(entry, "d" * 64), 12.34)


def test_a_record_round_trips_bit_for_bit(tmp_path, entry):
    values = {"error": np.float32([0.1, 1 / 3, math.inf]), "nan": np.array([math.nan]), "one": np.int32(3)}
    record = record_of(entry, values, fingerprint(entry, "d" * 64), 1.0)
    path = write(record, tmp_path)
    again = read(path)
    assert dataclasses.replace(again, values={}) == dataclasses.replace(record, values={})
    for name, value in values.items():
        np.testing.assert_array_equal(again.measurements[name], np.atleast_1d(np.float64(value)))
    assert list(tmp_path.glob("*.json")) == [path]
    assert not list(tmp_path.glob(".*"))
    assert read_all(tmp_path)["fake"].values["one"] == (3.0,)
    json.loads(path.read_text(), parse_constant=pytest.fail)  # strict JSON: no NaN, no Infinity


def test_a_record_says_what_measured_it(record):
    assert record.name == "fake"
    assert record.config == {"width": 3, "sizes": [2, 4]}
    assert (record.seeds, record.seconds) == (3, 12.3)
    assert record.versions["jax"] == jax.__version__
    assert record.versions.keys() == {"python", "jax", "jaxlib", "flax", "optax", "numpy"}
    assert record.machine["backend"] == "cpu"
    assert os.uname().nodename not in json.dumps(machine())


def test_a_record_refuses_quantities_that_are_not_flat(entry):
    with pytest.raises(ValueError, match=r"fake: 'table' has shape \(2, 2\)"):
        record_of(entry, {"table": np.zeros((2, 2))}, fingerprint(entry, ""), 1.0)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("5.9", "5.1"),
        ('"seeds": 3', '"seeds": 5'),
        ('"width": 3', '"width": 4'),
        ('"seconds": 12.3', '"seconds": 2.3'),
        ('"backend": "cpu"', '"backend": "gpu"'),
        ('"data": "ddd', '"data": "eee'),
    ],
)
def test_a_record_edited_by_hand_is_refused(tmp_path, record, old, new):
    path = write(record, tmp_path)
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    with pytest.raises(BadRecord, match=r"fake\.json: a record edited by hand; .* reproduce fake --record"):
        read(path)


def test_a_record_without_a_seal_or_of_another_format_is_refused(tmp_path, record):
    path = write(record, tmp_path)
    body = json.loads(path.read_text())
    path.write_text(json.dumps({name: value for name, value in body.items() if name != "seal"}))
    with pytest.raises(BadRecord, match=r"fake\.json is not a record: .*seal"):
        read(path)
    path.write_text(json.dumps(body | {"format": 2}))
    with pytest.raises(BadRecord, match=r"fake\.json has record format 2, and this version reads 1"):
        read(path)
    path.write_text('{"format": 1, ')
    with pytest.raises(BadRecord, match=r"fake\.json is not a record"):
        read(path)


def test_reformatting_the_file_breaks_no_seal(tmp_path, record):
    path = write(record, tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text()), sort_keys=True))
    assert read(path) == record


def test_an_unchanged_experiment_is_not_stale(record, entry):
    assert stale(record, entry) == ()
    assert stale(record, entry, "d" * 64) == ()


def test_comments_docstrings_and_formatting_leave_the_source_as_it_was(record, folder):
    changed = SOURCE.replace("  # a comment", "  # another").replace('"""Zeros."""', '"""Noughts."""')
    changed = changed.replace("(5, config.width)", "(\n        5,\n        config.width,\n    )")
    assert changed.count("Noughts") == 2
    assert stale(record, fake_entry(folder, changed)) == ()


def test_a_string_that_is_no_docstring_counts(folder):
    one = source_digest(fake_entry(folder, SOURCE + '\nNAME = "a"\n'))
    two = source_digest(fake_entry(folder, SOURCE + '\nNAME = "b"\n'))
    assert one != two


def test_the_first_statement_counts_where_there_is_no_docstring(folder):
    one = source_digest(fake_entry(folder, SOURCE + "\ndef first():\n    return 1\n"))
    two = source_digest(fake_entry(folder, SOURCE + "\ndef first():\n    return 2\n"))
    assert one != two


def test_a_changed_source_of_the_same_program_is_stale(record, folder):
    changed = fake_entry(folder, SOURCE.replace("return {}", 'return {"error": 0}'))
    assert stale(record, changed) == ("source of the experiment",)


def test_a_changed_program_of_the_same_source_is_stale(record, entry, monkeypatch):
    monkeypatch.setattr(entry.experiment, "step", lambda data: (data**3).sum())
    assert stale(record, entry) == ("program",)


def test_a_changed_rule_is_stale_in_program_and_source(record, folder):
    assert stale(record, fake_entry(folder, SOURCE.replace("** 2", "** 3"))) == ("source of the experiment", "program")


def test_changed_data_are_stale(record, entry):
    assert stale(record, entry, "e" * 64) == ("data",)


def test_a_changed_config_is_stale_and_names_the_field(record, entry):
    changed = dataclasses.replace(entry, config=dataclasses.replace(entry.config, sizes=(2, 5)))
    assert stale(record, changed) == ("config: sizes",)


def test_a_new_field_is_stale_even_where_it_is_none(record, folder):
    source = SOURCE.replace("    width: int = 3", "    width: int = 3\n    extra: None = None")
    assert stale(record, fake_entry(folder, source))[0] == "config: extra"


def test_a_field_that_was_none_and_is_gone_is_stale(record, entry):
    more = dataclasses.replace(record, config=record.config | {"gone": None})
    assert stale(more, entry) == ("config: gone",)


def test_other_seeds_are_stale(record, entry):
    assert stale(record, dataclasses.replace(entry, seeds=5)) == ("seeds: 3 recorded, 5 asked",)


@pytest.mark.parametrize(
    "change", [{"versions": versions() | {"jax": "9"}}, {"machine": machine() | {"backend": "gpu"}}]
)
def test_programs_are_compared_under_one_jax_and_backend_alone(record, folder, change):
    changed = fake_entry(folder, SOURCE.replace("** 2", "** 3"))
    assert stale(dataclasses.replace(record, **change), changed) == ("source of the experiment",)


def test_the_program_is_lowered_and_never_compiled(entry, monkeypatch):
    monkeypatch.setattr(jax.stages.Lowered, "compile", lambda *_: pytest.fail("compiled"))
    assert len(program_digest(entry)) == 64


def test_the_fingerprint_is_the_same_in_another_process(folder, entry):
    code = (
        "import sys, pathlib, ledger_fakes as f; from research.ledger.fingerprints import fingerprint\n"
        "e = f.fake_entry(pathlib.Path(sys.argv[1])); print(*vars(fingerprint(e, 'd')).values())"
    )
    path = os.pathsep.join(sys.path)
    environment = os.environ | {"PYTHONPATH": path, "PYTHONHASHSEED": "7", "XLA_FLAGS": ""}
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == list(vars(fingerprint(entry, "d")).values())
