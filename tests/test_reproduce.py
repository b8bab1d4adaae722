"""`reproduce` against its records: what is written, what a fall costs, and what it refuses. The measuring is canned."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import research.experiments
from research.__main__ import main
from research.commands import measure as measuring
from research.commands import reproduce as reproducing
from research.commands.measure import Measured, less_than_asked
from research.experiments import entry
from research.ledger import records
from research.ledger.fingerprints import fingerprint

CONFIG = '''"""A config.

Command: python -m research run mine
"""

from research.claims import Claim, at_most
from research.experiments.digits_quick import Config

EXPERIMENT, CONFIG, PART, SUITE, SEEDS = "digits_quick", Config(), "Mine", "quick", 2
CLAIMS = tuple(
    Claim(
        id=f"MINE-{quantity}", title=f"{quantity} is small", quantity=quantity, statistic="mean", paper=4.0,
        accept=at_most(5.0, "a bound"), control="control", unit="%", source="none", known="computed",
    )
    for quantity in ("error",)
)
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with one config of its own, no record, an empty README, and a canned measuring."""
    for name in ("configs", "records"):
        (tmp_path / name).mkdir()
    (tmp_path / "configs" / "mine.py").write_text(CONFIG)
    (tmp_path / "README.md").write_text("# Title\n<!-- table -->\n<!-- /table -->\n")
    monkeypatch.setattr(research.experiments, "CONFIGS", tmp_path / "configs")
    monkeypatch.setattr(records, "RECORDS", tmp_path / "records")
    monkeypatch.setattr(reproducing, "README", tmp_path / "README.md")
    measures(monkeypatch, tmp_path, error=[3.0, 4.0], control=[80.0, 81.0])
    return tmp_path


def measures(monkeypatch: pytest.MonkeyPatch, folder: Path, **values: Any) -> None:
    def canned(candidate: Any, *_: Any) -> Measured:
        (folder / "run" / "figures").mkdir(parents=True, exist_ok=True)
        (folder / "run" / "figures" / "one.png").write_bytes(b"")
        arrays = {name: np.array(value) for name, value in values.items()}
        return Measured(folder / "run", arrays, fingerprint(candidate, "d" * 64), 1.0)

    monkeypatch.setattr(reproducing, "measure", canned)


def reproduce(folder: Path, *words: str) -> int:
    return main(["reproduce", *words, "--workdir", str(folder / "runs")])


def test_record_writes_record_figures_readme_and_report(folder: Path) -> None:
    assert reproduce(folder, "mine", "--record") == 0
    assert records.read(folder / "records" / "mine.json").values["error"] == (3.0, 4.0)
    assert (folder / "records" / "mine" / "figures" / "one.png").exists()
    assert "3.50 ± 0.71 %" in (folder / "README.md").read_text()
    assert "error is small" in (folder / "runs" / "report" / "index.html").read_text()


def test_without_record_nothing_but_runs_is_written(folder: Path) -> None:
    before = (folder / "README.md").read_text()
    assert reproduce(folder) == 0
    assert not list((folder / "records").iterdir())
    assert (folder / "README.md").read_text() == before


def test_a_verdict_worse_than_its_record_is_status_1(folder: Path, monkeypatch: Any, capsys: Any) -> None:
    assert reproduce(folder, "mine", "--record") == 0
    measures(monkeypatch, folder, error=[7.0, 8.0], control=[80.0, 81.0])
    assert reproduce(folder) == 1
    assert "worse than its record: MINE-error" in capsys.readouterr().out


def test_a_control_that_passes_is_status_1(folder: Path, monkeypatch: Any, capsys: Any) -> None:
    measures(monkeypatch, folder, error=[3.0, 4.0], control=[3.0, 4.0])
    assert reproduce(folder) == 1
    assert "MINE-error: its control passes" in capsys.readouterr().err


def test_a_claim_that_the_record_does_not_know_can_be_recorded(folder: Path, monkeypatch: Any) -> None:
    assert reproduce(folder, "mine", "--record") == 0
    config = folder / "configs" / "mine.py"
    config.write_text(config.read_text().replace('("error",)', '("error", "new")'))
    measures(monkeypatch, folder, error=[3.0, 4.0], new=[1.0, 2.0], control=[80.0, 81.0])
    assert reproduce(folder, "mine", "--record") == 0
    assert "new" in records.read(folder / "records" / "mine.json").values


def test_an_edited_record_is_refused_and_its_remedy_works(folder: Path, capsys: Any) -> None:
    assert reproduce(folder, "mine", "--record") == 0
    path = folder / "records" / "mine.json"
    path.write_text(path.read_text().replace('"seeds": 2', '"seeds": 9'))
    assert reproduce(folder) == 2
    assert "edited by hand; measure again: python -m research reproduce mine --record" in capsys.readouterr().err
    assert reproduce(folder, "mine", "--record") == 0
    assert records.read(path).seeds == 2


def test_a_file_of_ones_own_does_not_mix_with_the_package(folder: Path, capsys: Any) -> None:
    other = folder / "other"
    other.mkdir()
    for name in ("mine", "yours"):
        (other / f"{name}.py").write_text(CONFIG)
    assert reproduce(folder, str(other / "mine.py")) == 2
    assert "the package has a config mine" in capsys.readouterr().err
    assert reproduce(folder, str(other / "yours.py"), "--record") == 2
    assert "--record is for the configs of the package" in capsys.readouterr().err
    assert reproduce(folder, str(other / "yours.py")) == 0


def test_a_suite_without_configs_says_so(folder: Path, capsys: Any) -> None:
    assert reproduce(folder, "--suite", "long") == 2
    assert "no config is in the suite long" in capsys.readouterr().err


def test_what_is_less_than_asked_is_named(folder: Path) -> None:
    asked = entry("mine")
    changed = dataclasses.replace(asked, config=dataclasses.replace(asked.config, passes=5), seeds=1)
    assert less_than_asked(changed, asked) == "passes 5 for 30, seeds 1 for 2"
    assert less_than_asked(asked, asked) == ""


def test_a_short_run_whose_control_passes_has_no_verdict(folder: Path, monkeypatch: Any, capsys: Any) -> None:
    measures(monkeypatch, folder, error=[90.0], control=[3.0])
    assert main(["run", "mine", "--passes", "1", "--seeds", "1", "--workdir", str(folder / "runs")]) == 0
    assert "No verdict: claim MINE-error: its control passes" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("def", "SyntaxError"), ("import nothing_of_the_kind", "nothing_of_the_kind"), ("1 / 0", "ZeroDivisionError")],
)
def test_a_config_that_does_not_run_is_named(folder: Path, text: str, wanted: str, capsys: Any) -> None:
    path = folder / "broken.py"
    path.write_text(text)
    assert main(["run", str(path)]) == 2
    error = capsys.readouterr().err
    assert "broken.py" in error
    assert wanted in error


def test_an_unknown_experiment_is_named(folder: Path, capsys: Any) -> None:
    path = folder / "far.py"
    path.write_text(CONFIG.replace('"digits_quick", Config()', '"digits_quik", Config()'))
    assert main(["run", str(path)]) == 2
    assert "there is no experiment 'digits_quik'; did you mean 'digits_quick'?" in capsys.readouterr().err


def test_two_equal_runs_at_once_are_refused(tmp_path: Path) -> None:
    with (
        measuring._alone(tmp_path / "run"),
        pytest.raises(BlockingIOError, match="running already"),
        measuring._alone(tmp_path / "run"),
    ):
        pass
    with measuring._alone(tmp_path / "run"):
        pass
