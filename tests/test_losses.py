import jax
import jax.numpy as jnp
import numpy as np
import pytest

from research.losses import cross_entropy, mean_squared_error, squared_error


def test_cross_entropy_is_minus_log_softmax():
    logits = jax.random.normal(jax.random.key(0), (5,))
    expected = -np.log(np.exp(logits[3]) / np.exp(logits).sum())
    np.testing.assert_allclose(cross_entropy(logits, jnp.int32(3)), expected, rtol=1e-6)
    gradient = jax.grad(cross_entropy)(logits, jnp.int32(3))
    np.testing.assert_allclose(gradient, jax.nn.softmax(logits) - jax.nn.one_hot(3, 5), atol=1e-6)


@pytest.mark.parametrize("size", [1e4, 1e30])
def test_cross_entropy_is_finite_at_the_extremes(size):
    logits = jnp.array([size, -size, 0.0])
    for label in range(3):
        value, gradient = jax.value_and_grad(cross_entropy)(logits, jnp.int32(label))
        assert np.isfinite(value)
        assert np.isfinite(gradient).all()
    np.testing.assert_allclose(cross_entropy(logits, jnp.int32(1)), 2 * size, rtol=1e-6)


def test_squared_errors():
    outputs, targets = jnp.array([1.0, 2.0, 5.0]), jnp.array([0.0, 2.0, 1.0])
    assert float(squared_error(outputs, targets)) == 8.5
    np.testing.assert_allclose(mean_squared_error(outputs, targets), 17 / 3, rtol=1e-6)
    np.testing.assert_array_equal(jax.grad(squared_error)(outputs, targets), outputs - targets)
