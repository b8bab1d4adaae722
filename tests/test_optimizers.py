"""Rates of each weight by its curvature; the other rules are in test_optimizer_*.py."""

import jax
import jax.numpy as jnp
import numpy as np

from research.optimizers import newton_rates, per_weight_rates


def test_newton_rates_of_a_linear_model_are_those_of_the_exact_hessian():
    """For outputs linear in the weights the Gauss-Newton matrix is the Hessian of the mean squared error."""
    with jax.enable_x64(True):
        x = jax.random.normal(jax.random.key(0), (7, 3), jnp.float64)
        weights = jax.random.normal(jax.random.key(1), (3, 2), jnp.float64)

        def outputs(w, example):
            return example @ w

        def error(w):
            return ((x @ w - 1.0) ** 2).mean()

        hessian = jax.hessian(lambda flat: error(flat.reshape(3, 2)))(weights.reshape(-1))
        rates = newton_rates(outputs, weights, x, learning_rate=0.5, mu=0.1, chunk=3)
        np.testing.assert_allclose(rates, 0.5 / (0.1 + jnp.diag(hessian)).reshape(3, 2), rtol=1e-12)


def test_newton_rates_square_each_derivative_before_the_mean():
    """For y = tanh(w x): h = 2 mean of (x (1 - y^2))^2."""
    x = jnp.array([[0.5], [-2.0], [1.0]])
    w = jnp.array([0.7])
    rates = newton_rates(lambda w, example: jnp.tanh(w * example), w, x, learning_rate=1.0, mu=0.02)
    slope = x[:, 0] * (1 - jnp.tanh(0.7 * x[:, 0]) ** 2)
    np.testing.assert_allclose(rates, [1 / (0.02 + 2 * (slope**2).mean())], rtol=1e-6)


def test_without_examples_every_rate_is_that_of_gradient_descent():
    params = {"w": jnp.ones((2, 3))}
    rates = newton_rates(lambda p, x: x, params, jnp.zeros((0, 4)), learning_rate=0.03, mu=1.0)
    np.testing.assert_allclose(rates["w"], np.full((2, 3), 0.03))


def test_per_weight_rates_scale_each_component():
    optimizer = per_weight_rates()
    params, gradient = jnp.array([1.0, 1.0]), jnp.array([2.0, -3.0])
    state = optimizer.init(params)
    np.testing.assert_array_equal(optimizer.update(gradient, state, params)[0], [-2.0, 3.0])
    updates, kept = optimizer.update(gradient, jnp.array([0.5, 0.1]), params)
    np.testing.assert_allclose(updates, [-1.0, 0.3], rtol=1e-6)
    np.testing.assert_array_equal(kept, jnp.array([0.5, 0.1]))
