"""`compare`: what differs, what was measured, where learning ended; and one clear line for what cannot be compared."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from runs_fakes import CONFIG, fake_run

from research.__main__ import main
from research.commands import compare as comparing
from research.experiments.threshold_units_config import Config as ThresholdConfig
from research.ledger.records import plain
from research.ledger.runs import load


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    left = fake_run(tmp_path / "left", steps=(0, 45, 90))
    changed = {"config": plain(CONFIG) | {"passes": 3}, "seeds": 3, "versions": {"jax": "0.11"}}
    return left, fake_run(tmp_path / "right", steps=(0, 45), **changed)


def rows(text: str) -> dict[str, list[str]]:
    """The last line that begins with a word, by that word."""
    return {line.split()[0]: line.split()[1:] for line in text.splitlines() if line.split()}


def test_differences_measurements_and_last_values(runs: tuple[Path, Path], capsys: Any) -> None:
    (runs[1] / "measurements.json").write_text(json.dumps({"convolutional_error": [9.0, 10.0, 11.0], "new": [1.0]}))
    assert main(["compare", *map(str, runs)]) == 0
    text = capsys.readouterr().out
    found = rows(text)
    assert found["passes"] == ["2", "3"]
    assert found["seeds"] == ["2", "3"]
    assert found["version"] == ["of", "jax", "0.10", "0.11"]
    assert "maps" not in found
    assert "digest" not in found
    assert found["convolutional_error"] == ["11", "±", "1.4", "10", "±", "1", "-1"]
    assert "measured left only: nearest_error" in text
    assert "measured right only: new" in text
    assert found["convolutional"] == ["error", "0.5", "90", "0.5", "45"]
    assert ["convolutional", "loss", "0.02198", "90", "0.04348", "45"] in [line.split() for line in text.splitlines()]
    assert "loss_low" not in text


def test_equal_runs_say_so(runs: tuple[Path, Path], capsys: Any) -> None:
    assert main(["compare", str(runs[0]), str(runs[0])]) == 0
    assert "made alike" in capsys.readouterr().out


def test_the_figure_draws_each_run(runs: tuple[Path, Path], tmp_path: Path) -> None:
    figure = tmp_path / "curves.png"
    assert main(["compare", *map(str, runs), "--figure", str(figure)]) == 0
    with Image.open(figure) as image:
        assert image.size[0] > 300
    curves = [comparing._curves(load(run)) for run in runs]
    drawn = comparing._draw(*curves, list(curves[0]))
    loss = next(axes for axes in drawn.axes if axes.get_title() == "loss")
    assert [len(np.asarray(line.get_xdata())) for line in loss.lines] == [3, 2]
    assert [line.get_linestyle() for line in loss.lines] == ["-", "--"]


def test_runs_of_different_experiments_share_what_they_share(tmp_path: Path, runs: Any, capsys: Any) -> None:
    fields = {"name": "threshold_units", "experiment": "threshold_units", "config": plain(ThresholdConfig())}
    other = fake_run(tmp_path / "other", steps=(), **fields)
    assert main(["compare", str(runs[0]), str(other)]) == 0
    found = rows(capsys.readouterr().out)
    assert found["experiment"] == ["digits_quick", "threshold_units"]
    assert found["passes"] == ["2", "-"]
    assert found["problems"] == ["-", "200"]
    assert found["nearest_error"] == ["4.5", "4.5", "+0"]
    assert main(["compare", str(runs[0]), str(other), "--figure", str(tmp_path / "x.png")]) == 2
    assert "no learning curve in common" in capsys.readouterr().err


def test_what_cannot_be_compared_is_one_line(tmp_path: Path, runs: Any, capsys: Any) -> None:
    unfinished = fake_run(tmp_path / "unfinished", ended=False, steps=(0, 45))
    bare = fake_run(tmp_path / "bare", ended=False, steps=())
    (tmp_path / "folder").mkdir()
    for right, wanted in (
        (unfinished, "unfinished is unfinished (convolutional at step 45)"),
        (bare, "bare is unfinished (no step is logged)"),
        (tmp_path / "folder", "folder is no run"),
        (tmp_path / "none", "none is no folder of a run"),
    ):
        assert main(["compare", str(runs[0]), str(right)]) == 2
        error = capsys.readouterr().err.strip()
        assert wanted in error
        assert "\n" not in error
