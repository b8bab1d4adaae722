"""Values that papers and TensorFlow's own tests state for their rules."""

import functools

import hypothesis
import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from research.optimizers import adagrad, adagrad_da, adam, amsgrad, gradient_descent

SMALL = [np.array([0.1, 0.2]), np.array([0.01, 0.02])]
"""Gradients of TensorFlow's tests, one a variable."""
DA = [
    ({}, [-0.904534, -1.603567], [-0.094821, -0.189358]),
    ({"l1": 0.001}, [-0.895489, -1.595550], [-0.085339, -0.179890]),
    ({"l1": 0.001, "l2": 2.0}, [-0.046907, -0.093659], [-0.004275, -0.009023]),
]


def steps(rule, start, gradients, state=None):
    """Weights after each gradient, compiled once."""
    params = jax.tree.map(jnp.asarray, start)

    def step(carry, gradient):
        params, state = carry
        updates, state = rule.update(gradient, state, params)
        params = optax.apply_updates(params, updates)
        return (params, state), params

    state = rule.init(params) if state is None else state
    return jax.jit(lambda g: jax.lax.scan(step, (params, state), g)[1])(jax.tree.map(jnp.asarray, gradients))


@pytest.mark.parametrize("x64", [False, True])
@pytest.mark.parametrize(("regularisers", "first", "second"), DA)
def test_adagrad_da_gives_the_values_of_tensorflow(regularisers, first, second, x64):
    """adagrad_da_test.py: one step at 3.0; the printed six digits, and where it starts does not matter."""
    with jax.enable_x64(x64):
        dtype = np.float64 if x64 else np.float32
        starts = jnp.array([[0.0, 0.0, 0.0, 0.0], [1.0, 2.0, 4.0, 3.0]], dtype)
        rule = adagrad_da(3.0, **regularisers)
        gradients = jnp.asarray(np.tile(np.concatenate(SMALL), (2, 1)), dtype)
        found = optax.apply_updates(starts, rule.update(gradients, rule.init(starts), starts)[0])
    np.testing.assert_allclose(found, np.tile(first + second, (2, 1)), atol=1e-6)


def test_adagrad_da_gives_tensorflows_embedding():
    """adagrad_da_test.py: (w . (4, 5))^2 from (1, 2) at rate 1; S_0 = 0.1 keeps it from -1 by 4e-6 and 3e-6."""
    w, a = jnp.array([1.0, 2.0]), jnp.array([4.0, 5.0])
    g = jax.grad(lambda w: (w @ a) ** 2)(w)
    np.testing.assert_allclose(g, [112.0, 140.0])
    np.testing.assert_allclose(steps(adagrad_da(1.0), w, g[None])[0], [-0.999996, -0.999997], atol=1e-6)


@pytest.mark.parametrize(
    ("l1", "count", "start", "wanted"),
    [
        (0.0, 3, [1.0, 2.0, 4.0, 3.0], [-1.60261, -2.296985, 3.715679, 2.433051]),
        (0.001, 10, [1.0, 2.0, 4.0, 3.0], [-6.663634, -9.190331, 2.959304, 1.029232]),
    ],
)
def test_composite_adagrad_gives_the_values_of_tensorflows_proximal_adagrad(l1, count, start, wanted):
    """proximal_adagrad_test.py: rate 3.0, accumulator 0.1, which here is a state after a gradient of sqrt(0.1)."""
    rule = adagrad(3.0, jnp.float32(l1))
    state = rule.init(jnp.zeros(4))._replace(square_sum=jnp.full(4, 0.1))
    found = steps(rule, np.array(start, np.float32), np.tile(np.concatenate(SMALL), (count, 1)), state)
    np.testing.assert_allclose(found[-1], wanted, rtol=2e-6)


def test_adagrad_gives_the_values_of_tensorflow():
    """adagrad_test.py: rate 3.0, three gradients of 0.1 and of 0.01, after one whose square is the accumulator 0.1."""
    start, g = np.array([1.0, 2.0, 3.0, 4.0], np.float32), np.array([0.1, 0.1, 0.01, 0.01])
    rule = adagrad(3.0)
    state = rule.update(jnp.full(4, 0.1**0.5), rule.init(start))[1]
    found = steps(rule, start, np.tile(g, (3, 1)), state)
    np.testing.assert_allclose(found[-1], [-1.6026098, -0.6026098, 2.7156791, 3.7156791], atol=1e-6)


def test_first_step_of_adam_is_its_rate_against_the_sign():
    """-alpha g / (|g| + eps), whatever b1 and b2."""
    with jax.enable_x64(True):
        g = np.array([1e-6, -1.0, 1e4])
        for rule in (adam(0.1), adam(0.1, b1=0.5, b2=0.7)):
            found = rule.update(jnp.asarray(g), rule.init(g))[0]
            np.testing.assert_allclose(found, -0.1 * g / (np.abs(g) + 1e-8), rtol=1e-12)


DECAYS = [(0.9, 0.999), (0.9, 0.99), (0.5, 0.9)]


def papers_bound(b1, b2):
    """Kingma & Ba 2015, section 2.1, in units of alpha."""
    return max(1.0, (1 - b1) / np.sqrt(1 - b2))


def exact_bound(b1, b2, t):
    """By Cauchy and Schwarz with weights b2^(t - i), in units of alpha; reached by gradients (b2 / b1)^i.

    sqrt(1 - b2^t) / (1 - b1^t) * (1 - b1) / sqrt(1 - b2) * sqrt((1 - q^t) / (1 - q)) with q = b1^2 / b2.
    """
    q = b1**2 / b2
    faded = np.sqrt(1 - b2**t) / (1 - b1**t)
    return faded * (1 - b1) / np.sqrt(1 - b2) * np.sqrt((1 - q**t) / (1 - q))


@functools.partial(jax.jit, static_argnums=(0, 1))
def updates_of_adam(b1, b2, gradients):
    rule = adam(1.0, b1, b2, eps=1e-300)  # takes nothing from gradients this large
    return jax.lax.scan(lambda state, g: rule.update(g, state)[::-1], rule.init(gradients[0]), gradients)[1]


def sizes(b1, b2, gradients):
    """|step| at alpha = 1 after each of the gradients, in float64."""
    with jax.enable_x64(True):
        return np.abs(updates_of_adam(b1, b2, jnp.asarray(gradients)))


@pytest.mark.parametrize(("b1", "b2"), DECAYS)
def test_growing_gradients_break_the_papers_bound_on_a_step_and_reach_the_exact_one(b1, b2):
    t = np.arange(1, 601)
    found = sizes(b1, b2, (b2 / b1) ** t)
    assert found.max() > papers_bound(b1, b2)
    np.testing.assert_allclose(found, exact_bound(b1, b2, t), rtol=1e-9)


def test_exact_bound_is_as_stated_once_the_bias_correction_has_faded():
    limits = [exact_bound(b1, b2, 1e6) for b1, b2 in DECAYS[:2]]
    np.testing.assert_allclose(limits, [7.27, 2.35], atol=5e-3)
    np.testing.assert_allclose([papers_bound(*decays) for decays in DECAYS[:2]], [3.162, 1.0], atol=1e-3)


@pytest.mark.parametrize(("b1", "b2"), DECAYS)
@hypothesis.settings(max_examples=40, deadline=None, derandomize=True)
@hypothesis.given(exponents=hnp.arrays(np.float64, 40, elements=st.floats(-6, 6)), signs=hnp.arrays(np.bool_, 40))
def test_no_gradients_break_the_exact_bound_on_a_step(b1, b2, exponents, signs):
    found = sizes(b1, b2, np.where(signs, 1, -1) * 10**exponents)
    assert (found <= exact_bound(b1, b2, np.arange(1, 41)) * (1 + 1e-9)).all()


C = 3.0
REDDI = {
    "adam": (lambda rate: adam(rate, b1=0.0, b2=1 / (1 + C**2)), 1.0),
    "amsgrad": (lambda rate: amsgrad(rate, b1=0.0, b2=1 / (1 + C**2)), -1.0),
    "gradient_descent": (gradient_descent, -1.0),
    "adagrad": (adagrad, -1.0),
}


@pytest.mark.parametrize("name", REDDI)
def test_counter_example_of_reddi(name):
    """Reddi, Kale & Kumar 2018, theorem 1: C x each third round, else -x, on [-1, 1]: adam goes to the worst point."""
    make, wanted = REDDI[name]
    rule = make(lambda t: 0.5 / jnp.sqrt(t + 1.0) if name != "adagrad" else 0.5)
    slopes = jnp.where(jnp.arange(1, 6001) % 3 == 1, C, -1.0)

    def step(carry, gradient):
        x, state = carry
        updates, state = rule.update(gradient, state, x)
        x = jnp.clip(optax.apply_updates(x, updates), -1, 1)
        return (x, state), x

    path = jax.jit(lambda g: jax.lax.scan(step, (jnp.zeros(()), rule.init(jnp.zeros(()))), g)[1])(slopes)
    assert np.abs(path[-300:] - wanted).max() < 0.1
