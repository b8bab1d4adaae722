"""Ridge regression and many questions to neighbours against scikit-learn; first weights by another rule."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier
from sklearn.neighbors import NearestNeighbors

from research.models import linear, mlp, neighbours
from research.models.initial_weights import lecun_uniform


@pytest.mark.parametrize("alpha", [0.01, 1.0, 100.0])
def test_ridge_against_scikit_learn(alpha: float) -> None:
    rng = np.random.default_rng(0)
    x, labels = rng.normal(3, 1, (120, 6)), rng.integers(0, 4, 120)
    weights = linear.ridge(x, 2.0 * np.eye(4)[labels] - 1, alpha)
    theirs = RidgeClassifier(alpha=alpha).fit(x, labels)
    np.testing.assert_allclose(weights[:-1].T, theirs.coef_, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(weights[-1], theirs.intercept_, rtol=1e-8)
    np.testing.assert_array_equal((linear.with_ones(x) @ weights).argmax(axis=1), theirs.predict(x))


def test_ridge_with_hardly_any_alpha_is_least_squares_and_constant_inputs_get_no_weight() -> None:
    rng = np.random.default_rng(1)
    x, t = rng.normal(size=(50, 4)), rng.normal(size=(50, 2))
    np.testing.assert_allclose(linear.ridge(x, t, 1e-9), linear.least_squares(x, t), atol=1e-8)
    x[:, 2] = 5.0  # a pixel that is always ink
    weights = linear.ridge(x.astype(np.float32), t, 1.0)
    assert weights.dtype == np.float64
    np.testing.assert_array_equal(weights[2], 0)


@pytest.mark.parametrize("alpha", [0.0, -1.0, float("nan")])
def test_ridge_needs_alpha_above_zero(alpha: float) -> None:
    with pytest.raises(ValueError, match="ridge: alpha"):
        linear.ridge(np.zeros((3, 2)), np.zeros((3, 1)), alpha)


@pytest.mark.parametrize("batch", [7, 70, 1000])
def test_a_search_in_batches_finds_the_neighbours_in_their_order(batch: int) -> None:
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(200, 5)).astype(np.float32), rng.normal(size=(70, 5)).astype(np.float32)
    theirs = NearestNeighbors(n_neighbors=3, algorithm="brute").fit(x).kneighbors(t, return_distance=False)
    np.testing.assert_array_equal(neighbours.search(jnp.asarray(x), jnp.asarray(t), 3, batch), theirs)


def test_first_weights_of_a_perceptron_are_those_that_are_drawn() -> None:
    layers = mlp.init(jax.random.key(0), (400, 30, 10), lecun_uniform("fan_in"))
    for layer, fan_in in zip(layers, (400, 30), strict=True):
        assert 0.95 * 2.4 / fan_in < float(jnp.abs(layer["weights"]).max()) <= 2.4 / fan_in
    keys = jax.random.split(jax.random.key(0), 2)
    np.testing.assert_array_equal(layers[1]["weights"], lecun_uniform("fan_in")(keys[1], (30, 10)))
