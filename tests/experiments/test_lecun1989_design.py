"""Choice of the 480 digits and the count of passes until learnt."""

import json
from pathlib import Path

import numpy as np
import pytest

from research.data import Dataset
from research.experiments import BadConfig
from research.experiments import lecun1989_design as experiment
from research.experiments.lecun1989_design_curves import passes_until, training_errors


def test_rank_in_class_counts_equal_labels_before() -> None:
    np.testing.assert_array_equal(experiment.rank_in_class(np.array([3, 1, 3, 3, 0, 1])), [0, 0, 1, 2, 0, 1])


def test_load_takes_the_first_of_each_class_and_then_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.random.default_rng(0).permutation(np.arange(70) % 10).astype(np.int32)
    images = np.arange(70, dtype=np.float32)[:, None, None] * np.ones((1, 16, 16), np.float32)
    split = experiment.Split(images, labels)
    monkeypatch.setattr(experiment.research.data, "load", lambda _: Dataset(split, split))
    data = experiment.load(experiment.Config(train_a_class=3, test_a_class=2))
    for digit in range(10):
        places = np.flatnonzero(labels == digit)
        for found, expected in ((data.train, places[:3]), (data.test, places[3:5])):
            np.testing.assert_array_equal(found.images[found.labels == digit][:, 0, 0], expected)
    assert [len(s.labels) for s in data] == [30, 20]
    with pytest.raises(BadConfig, match=r"train_a_class \+ test_a_class = 8: .* only 7"):
        experiment.load(experiment.Config(train_a_class=6, test_a_class=2))


def test_passes_until_the_error_is_at_most_the_bound(tmp_path: Path) -> None:
    """Seed 0 reaches 10 % after the second of three passes, seed 1 never, seed 2 at once."""
    errors = [[50.0, 30.0, 10.0], [10.0, 20.0, 40.0], [5.0, 10.5, 1.0]]
    rows = [
        {"train": name, **{f"train_error_seed{s}": e + (name == "net2") for s, e in enumerate(row)}}
        for name in ("net1", "net2")
        for row in errors
    ]
    lines = tmp_path / "metrics.jsonl"
    lines.write_text("\n".join(map(json.dumps, rows)))
    curves = training_errors(lines, "net1", 3)
    np.testing.assert_array_equal(curves, errors)
    np.testing.assert_array_equal(passes_until(curves, 10.0, 4), [2, 4, 1])
