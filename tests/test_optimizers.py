import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from research.optimizers import adagrad, adam, gradient_descent

OPTIMIZERS = {"gradient_descent": gradient_descent(0.1), "adagrad": adagrad(0.5), "adam": adam(0.1)}
START = np.array([1.0, -2.0, 3.0], np.float32)
CURVATURE = np.array([1.0, 4.0, 0.0], np.float32)  # the last component never has a gradient


def path(optimizer: optax.GradientTransformation, steps: int) -> list[np.ndarray]:
    """Iterates on the quadratic 1/2 sum_i c_i w_i^2."""
    params, state, iterates = jnp.asarray(START), optimizer.init(jnp.asarray(START)), []
    update = jax.jit(optimizer.update)
    for _ in range(steps):
        updates, state = update(CURVATURE * params, state, params)
        params = optax.apply_updates(params, updates)
        iterates.append(np.asarray(params))
    return iterates


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_reaches_the_minimum(name):
    last = path(OPTIMIZERS[name], 300)[-1]
    np.testing.assert_allclose(last[:2], 0.0, atol=2e-2)
    assert last[2] == START[2]
    assert last.dtype == np.float32


def test_gradient_descent_is_its_equation():
    np.testing.assert_allclose(path(gradient_descent(0.1), 1)[0], START - 0.1 * CURVATURE * START, rtol=1e-6)


def test_adagrad_is_its_equation():
    w, squares = START.astype(np.float64), np.zeros(3)
    for iterate in path(adagrad(0.5), 5):
        gradient = CURVATURE * w
        squares += gradient**2
        w = w - 0.5 * np.divide(gradient, np.sqrt(squares), out=np.zeros(3), where=squares > 0)
        np.testing.assert_allclose(iterate, w, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(path(adagrad(0.5), 1)[0], START - 0.5 * np.sign(CURVATURE * START), rtol=1e-6)


def test_adam_is_its_equation():
    w, mean, square = START.astype(np.float64), np.zeros(3), np.zeros(3)
    for t, iterate in enumerate(path(adam(0.1), 5), start=1):
        gradient = CURVATURE * w
        mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
        w = w - 0.1 * (mean / (1 - 0.9**t)) / (np.sqrt(square / (1 - 0.999**t)) + 1e-8)
        np.testing.assert_allclose(iterate, w, rtol=1e-4, atol=1e-5)
