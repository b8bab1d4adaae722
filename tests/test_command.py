"""The command as a user meets it: help, lists, errors of one line with status 2, a run and what it leaves."""

import json
from pathlib import Path

import numpy as np
import pytest

import research.data
from research.__main__ import main
from research.experiments import digits_quick, names
from research.models.listing import networks

CONFIG = '''"""A config of one's own.

Command: python -m research run {name}
"""

from research.claims import Below, Claim
from research.experiments.digits_quick import Config

EXPERIMENT = "digits_quick"
CONFIG = Config(passes=1, maps=(2, 2))
PART = "Mine"
SUITE = "quick"
SEEDS = 2
CLAIMS = (
    Claim(
        id="MINE-1",
        title="a hidden layer beats shuffled labels",
        quantity="hidden_error",
        statistic="mean",
        paper=None,
        accept=Below("hidden_error_shuffled"),
        control="hidden_error_shuffled",
        unit="%",
        source="none",
        known="computed",
    ),
)
'''


@pytest.fixture
def own_config(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(CONFIG.replace("{name}", "mine"))
    return path


def status(words: list[str]) -> int:
    """Exit status; tyro leaves by SystemExit where it has printed help or an error."""
    try:
        return main(words)
    except SystemExit as leaving:
        return int(leaving.code or 0)


@pytest.mark.parametrize("words", [[], ["--help"], ["run", "--help"], ["data"], ["data", "prepare", "--help"]])
def test_help_teaches(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert status(words) == 0
    assert "python -m research" in capsys.readouterr().out


def test_help_of_a_run_shows_the_record_and_every_field(capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["run", "lecun1989_zip", "--help"]) == 0
    text = capsys.readouterr().out
    assert "Neural Computation" in text
    for flag in ("--passes", "--learning-rate", "--scheme", "--seeds", "--workdir", "--data-dir"):
        assert flag in text


def test_list_names_every_config(capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["list"]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in names())


@pytest.mark.parametrize(("model", "total"), [("lenet1989", "64,660"), ("digits_network", "88,064")])
def test_describe_counts(model: str, total: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["describe", model]) == 0
    assert total in capsys.readouterr().out


def test_describe_knows_every_model_file_with_a_network() -> None:
    assert {"lenet1989", "digits_network"} <= networks().keys()


def test_data_list_names_every_data_set(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert status(["data", "list", "--data-dir", str(tmp_path)]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in ("digits", "mnist", "fashion_mnist", "cifar10", "zip", "not prepared"))


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["reprodcue"], "did you mean 'python -m research reproduce'"),
        (["data", "lst"], "did you mean 'python -m research data list'"),
        (["run", "digits_quik"], "did you mean 'digits_quick'"),
        (["reproduce", "digit_quick"], "did you mean 'digits_quick'"),
        (["describe", "lenet1998"], "did you mean 'lenet1989'"),
        (["data", "prepare", "mnits"], "did you mean 'mnist'"),
        (["run", "digits_quick", "--seeds", "0"], "--seeds 0: at least 1"),
        (["run", "no/such/file.py"], "there is no config"),
    ],
)
def test_misuse_is_one_line_that_helps(words: list[str], wanted: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(words) == 2
    text = capsys.readouterr().err.strip()
    assert wanted in text
    assert text.count("\n") == 0


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["run", "digits_quick", "--pases", "3"], "--passes"),
        (["run", "digits_quick", "--passes", "three"], "three"),
        (["run", "lecun1989_zip", "--scheme", "random"], "cyclic"),
        (["reproduce", "--suite", "slow"], "quick"),
        (["run", "digits_quick", "--learning-rate", "nan"], "learning_rate = nan: must be above 0 and finite"),
        (["run", "digits_quick", "--maps", "4", "0"], "maps = (4, 0): must be above 0 and finite"),
        (["run", "lecun1989_zip", "--curvature-examples", "-1"], "curvature_examples = -1: must be 0 or more"),
        (["run", "threshold_units", "--rates", "2", "4"], "must be two or more, ascending, 1"),
    ],
)
def test_a_wrong_flag_names_what_there_is(words: list[str], wanted: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(words) == 2
    printed = capsys.readouterr()
    assert wanted in printed.out + printed.err


def test_a_config_that_lacks_something_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "half.py"
    path.write_text('"""Half a config."""\nSUITE = "quick"\n')
    assert status(["run", str(path)]) == 2
    assert "half.py: a config defines EXPERIMENT, CONFIG, PART, SEEDS, CLAIMS" in capsys.readouterr().err


def test_missing_data_name_the_command_before_any_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["reproduce", "lecun1989_zip", "--data-dir", str(tmp_path), "--workdir", str(tmp_path / "runs")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFDS_DATA_DIR", "")
        assert status(words) == 2
    assert "python -m research data prepare zip --from" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_a_run_leaves_what_it_says_and_reads_reduced(
    own_config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workdir = tmp_path / "runs"
    words = ["run", str(own_config), "--workdir", str(workdir)]
    assert status(words) == 0
    text = capsys.readouterr().out
    assert "MINE-1" in text
    (folder,) = (path for path in (workdir / "mine").iterdir() if path.is_dir())
    values = json.loads((folder / "measurements.json").read_text())
    assert len(values["hidden_error"]) == 2
    assert json.loads((folder / "config.json").read_text())["config"]["passes"] == 1
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert lines[-1]["train"] == "convolutional_shuffled"
    assert {path.name for path in (folder / "figures").iterdir()} == {"errors.png", "misread.png"}
    assert (folder / "checkpoints" / "linear").is_dir()
    capsys.readouterr()
    (folder / "kept").touch()
    assert status(words) == 0
    assert "was measured already" in capsys.readouterr().out
    assert (folder / "kept").exists(), "a run that has ended is not measured twice"
    (folder / "measurements.json").write_text(json.dumps(values | {"hidden_error": [0.0, 0.0]}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digits_quick, "run", lambda *_: {"hidden_error": np.ones(2)})
        assert status(words) == 2, "measurements that were changed by hand are not believed"
    assert not (folder / "kept").exists()


def test_digits_are_there_without_preparation() -> None:
    train, test = research.data.load("digits")
    assert len(train.images) + len(test.images) == 1797
