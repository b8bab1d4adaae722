"""`research.load`: a run as it was, found by folder or name, and one clear line for everything that is not there."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from runs_fakes import CONFIG, fake_run, state

import research
from research.experiments import names
from research.experiments.threshold_units_config import Config as ThresholdConfig
from research.fields import rebuild, typed
from research.ledger.records import plain
from research.ledger.runs import BadRun, nested


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fake_run(tmp_path_factory.mktemp("runs") / "digits_quick" / "abc")


def test_a_run_comes_back_as_it_was(run: Path) -> None:
    loaded = research.load(run)
    assert loaded.config == CONFIG
    assert type(loaded.config.maps) is tuple
    assert (loaded.name, loaded.seeds, loaded.finished) == ("digits_quick", 2, True)
    np.testing.assert_array_equal(loaded.measurements["convolutional_error"], [10.0, 12.0])
    assert [line["step"] for line in loaded.metrics] == [0, 45, 90]
    assert loaded.trainings == ("convolutional",)


def test_states_are_the_newest_with_a_leading_axis_of_seeds_or_of_one_seed(run: Path) -> None:
    loaded, saved = research.load(run), state(90)
    jax.tree.map(np.testing.assert_array_equal, loaded.params("convolutional"), saved.params)
    second = jax.tree.map(lambda leaf: leaf[1], saved.params)
    jax.tree.map(np.testing.assert_array_equal, loaded.params("convolutional", seed=1), second)
    restored = loaded.state("convolutional")
    np.testing.assert_array_equal(restored["step"], [90, 90])
    np.testing.assert_array_equal(jax.random.key_data(restored["key"]), jax.random.key_data(saved.key))
    assert jax.tree.leaves(restored["opt_state"])


def test_a_damaged_checkpoint_is_passed_over_and_nothing_in_the_folder_changes(tmp_path: Path) -> None:
    run = fake_run(tmp_path / "run")
    states = run / "checkpoints" / "convolutional" / "states"
    largest = max((states / "90").rglob("*"), key=lambda path: path.stat().st_size if path.is_file() else 0)
    largest.write_bytes(largest.read_bytes()[:-1] + b"x")
    (states / "135").mkdir()  # a save under way
    before = sorted(run.rglob("*"))
    assert int(research.load(run).state("convolutional", 0)["step"]) == 45
    assert sorted(run.rglob("*")) == before


def test_a_run_is_found_by_folder_or_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = fake_run(tmp_path / "runs" / "digits_quick" / "one", steps=())
    monkeypatch.chdir(tmp_path)
    assert research.load("runs/digits_quick").folder == Path("runs/digits_quick/one")
    second = fake_run(tmp_path / "runs" / "digits_quick" / "two", steps=())
    (first / "config.json").touch()
    assert research.load("digits_quick").folder.name == "one"
    assert research.load("digits_quick", workdir=tmp_path / "runs").folder == first
    assert research.load(second).folder == second
    with pytest.raises(BadRun, match=r"runs/digits_quick holds 2 runs; name one: runs/digits_quick/one, .*two"):
        research.load("runs/digits_quick")


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("digits_quik", "did you mean 'digits_quick'"),
        ("empty", "empty is no run: no config.json"),
        ("no/such", "no/such is no folder of a run"),
    ],
)
def test_what_is_no_run_is_named(tmp_path: Path, monkeypatch: Any, word: str, wanted: str) -> None:
    fake_run(tmp_path / "runs" / "digits_quick" / "one", steps=())
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises((BadRun, LookupError), match=wanted):
        research.load(word)


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"config": plain(CONFIG) | {"maps": [2]}}, "config.json: maps = [2]: must hold 2 values"),
        ({"config": plain(CONFIG) | {"maps": [2, "3"]}}, "maps[1] = '3': must be int"),
        ({"config": plain(CONFIG) | {"passes": True}}, "passes = True: must be int"),
        ({"config": plain(CONFIG) | {"passes": 0}}, "passes = 0: must be above 0"),
        ({"config": plain(CONFIG) | {"more": 1}}, "has the unknown field more"),
        ({"config": {"passes": 1}}, "lacks field batch, hidden"),
        ({"config": 3}, "config.json: "),
        ({"experiment": "gone"}, "there is no experiment 'gone'"),
        ({"experiment": "digits_quick_figures"}, "is a part of an experiment"),
    ],
)
def test_a_config_that_is_not_the_experiments_is_refused_by_field(tmp_path: Path, change: Any, wanted: str) -> None:
    run = fake_run(tmp_path / "run", steps=(), **change)
    with pytest.raises(BadRun) as caught:
        research.load(run)
    assert wanted in str(caught.value)
    assert str(run) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("file", ["config.json", "measurements.json", "metrics.jsonl"])
def test_a_damaged_file_is_named(tmp_path: Path, file: str) -> None:
    run = fake_run(tmp_path / "run", steps=())
    (run / file).write_text('{"a": \n')
    with pytest.raises(BadRun, match=file):
        research.load(run)


def test_a_missing_word_checkpoint_training_or_seed_is_named(tmp_path: Path) -> None:
    run = fake_run(tmp_path / "run", steps=(45,))
    loaded = research.load(run)
    for ask, wanted in (
        (lambda: loaded.params("network"), "no checkpoints of a training 'network'; those that it has: convolutional"),
        (lambda: loaded.params("convolutional", 2), "has seeds 0 to 1, and no seed 2"),
    ):
        with pytest.raises(BadRun, match=wanted):
            ask()
    (run / "checkpoints" / "convolutional" / "45.json").unlink()
    with pytest.raises(BadRun, match="no checkpoint that is whole"):
        loaded.params("convolutional")
    made = json.loads((run / "config.json").read_text())
    del made["seeds"]
    (run / "config.json").write_text(json.dumps(made))
    with pytest.raises(BadRun, match="lacks 'seeds'"):
        research.load(run)


def test_an_unfinished_run_loads_without_its_torn_last_line(tmp_path: Path) -> None:
    run = fake_run(tmp_path / "run", ended=False, steps=(0, 45))
    with (run / "metrics.jsonl").open("a") as lines:
        lines.write('{"train": "conv')
    loaded = research.load(run)
    assert not loaded.finished
    assert not loaded.measurements
    assert len(loaded.metrics) == 2


def test_every_config_is_rebuilt_from_json() -> None:
    from research.experiments import entry

    for name in names():
        config = entry(name).config
        assert rebuild(type(config), json.loads(json.dumps(plain(config)))) == config


def test_fields_are_checked_by_their_annotation() -> None:
    assert rebuild(ThresholdConfig, plain(ThresholdConfig())).rates == ThresholdConfig().rates
    assert typed("x", 3, float) == 3.0
    assert typed("x", None, int | None) is None
    assert typed("x", "a.txt", Path) == Path("a.txt")
    for value, hint in ((True, float), ("1", float), (1.0, int), (1, str), (None, int), (1, tuple[int, ...])):
        with pytest.raises(ValueError, match=r"x = .* must be"):
            typed("x", value, hint)


def test_names_become_trees() -> None:
    assert nested({"a.0.w": 1, "a.1.w": 2, "b": 3}) == {"a": [{"w": 1}, {"w": 2}], "b": 3}
    assert nested({"a.0": 1, "a.2": 2}) == {"a": {"0": 1, "2": 2}}


def test_importing_research_imports_no_jax() -> None:
    text = "import sys, research; assert 'jax' not in sys.modules; research.load; assert 'jax' in sys.modules"
    subprocess.run([sys.executable, "-c", text], check=True, cwd=Path(research.__file__).parents[1])
