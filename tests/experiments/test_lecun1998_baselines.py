"""The methods without convolutions: what a network computes, what each measures, and the counts on the real digits."""

import dataclasses
import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier

from research.claims import Run
from research.data import Dataset, MissingData, Split
from research.experiments import BadConfig, seed_keys
from research.experiments import lecun1998_baselines as baselines
from research.models import mlp


def squares(n: int, seed: int, noise: int = 200) -> Split:
    """Ten classes, each a bright square in its own place under noise."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, n, dtype=np.int32)
    images = rng.integers(0, noise, (n, 28, 28), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[5 * (label // 2) : 5 * (label // 2) + 5, 14 * (label % 2) : 14 * (label % 2) + 5] += 55
    return Split(images, labels)


def test_outputs_and_loss_against_numpy() -> None:
    first = mlp.init(jax.random.key(0), (784, 5, 3, 10))
    params = [{"weights": 0.5 * layer["weights"], "biases": layer["biases"] + 0.1} for layer in first]
    image = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    h = image.reshape(-1) / 255 * 1.175 - (1 - image.reshape(-1) / 255) * 0.1
    for layer in params:
        h = 1.7159 * np.tanh(2 / 3 * (h @ np.asarray(layer["weights"], np.float64) + np.asarray(layer["biases"])))
    np.testing.assert_allclose(baselines.outputs(params, jnp.asarray(image)), h, atol=1e-5)
    target = np.where(np.arange(10) == 7, 1.0, -1.0)
    example = Split(jnp.asarray(image), jnp.int32(7))
    loss = baselines.loss(params, example, jax.random.key(0))
    np.testing.assert_allclose(loss, ((h - target) ** 2).mean(), rtol=1e-5)


def test_the_classical_methods_against_scikit_learn() -> None:
    data = Dataset(squares(300, 0), squares(200, 1))
    mixed = np.random.default_rng(0).permutation(data.train.labels)
    x, t = (split.images.reshape(-1, 784) / 255 for split in data)
    answers, by_line = baselines.linear_classifier(data, mixed, 2.0)
    near = baselines.nearest_neighbours(data, mixed)
    for suffix, labels in (("", data.train.labels), ("_shuffled", mixed)):
        ridge = RidgeClassifier(alpha=2.0).fit(x, labels).predict(t)
        assert by_line[f"linear_error{suffix}"] == pytest.approx(100 * (ridge != data.test.labels).mean())
        for k in (1, 3):
            voted = KNeighborsClassifier(k, algorithm="brute").fit(x, labels).predict(t)
            assert near[f"nearest_{k}_error{suffix}"] == pytest.approx(100 * (voted != data.test.labels).mean())
        if not suffix:
            np.testing.assert_array_equal(answers, ridge)
            assert by_line["linear_misses"] == (ridge != data.test.labels).sum() > 0
    assert by_line["linear_weights"] == 7850


def test_every_method_learns_and_no_control_does(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    small = {name: (30, 10)[: len(hidden)] for name, hidden in baselines.NETWORKS.items()}
    monkeypatch.setattr(baselines, "NETWORKS", small)
    for compiled in ("compile_segment", "compile_evaluation"):  # many short steps: one device is faster
        monkeypatch.setattr(baselines, compiled, functools.partial(getattr(baselines, compiled), runner="jit"))
    config = baselines.Config(passes=8, batch=5, learning_rate=0.2)
    data = Dataset(squares(400, 0, noise=60), squares(300, 1, noise=60))
    measured = baselines.run(config, seed_keys(2), data, Run(tmp_path))
    methods = {name for name in measured if name.endswith("_error")}
    assert len(methods) == 7
    for name in methods:
        control = measured.get(f"{name}_untrained", measured.get(f"{name}_shuffled"))
        assert measured[name].max() < 30, name
        assert control is not None
        assert control.min() > 60, name
        assert len(measured[name]) == (2 if "hidden" in name else 1)
    drawn = {path.stem for path in (tmp_path / "figures").iterdir()}
    assert drawn == {"errors", "learning", "misread", "confusion"}


@pytest.mark.parametrize("field", ["passes", "batch", "learning_rate", "alpha"])
def test_a_field_that_cannot_be_is_named(field: str) -> None:
    with pytest.raises(BadConfig, match=field):
        dataclasses.replace(baselines.Config(), **{field: type(getattr(baselines.Config(), field))(0)})


@pytest.mark.data
def test_the_ridge_classifier_misreads_1396_digits_of_mnist() -> None:
    try:
        data = baselines.load(baselines.Config())
    except MissingData as error:
        pytest.skip(str(error))
    mixed = np.random.default_rng(0).permutation(data.train.labels)
    measured = baselines.linear_classifier(data, mixed, 1.0)[1]
    assert measured["linear_misses"] == 1396  # an independent audit of scikit-learn's RidgeClassifier(alpha=1)
    assert measured["linear_error_shuffled"] > 80
