"""The delta rule against `jax.grad`: on random architectures, and step by step as XOR is learned."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import random_cases

from research.autodiff import by_hand
from research.autodiff.by_hand import Unit
from research.losses import squared_error
from research.models import mlp

XOR = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([[0.0], [1.0], [1.0], [0.0]])


def error(layers: mlp.Layers, x: jax.Array, targets: jax.Array, unit: Unit) -> jax.Array:
    """1/2 sum (t - o)^2 of one example, written without the code under test."""
    f = {"logistic": jax.nn.sigmoid, "tanh": jnp.tanh}[unit]
    return squared_error(f(mlp.apply(layers, x, f)), targets)


def assert_trees(found: mlp.Layers, expected: mlp.Layers, tolerance: float) -> None:
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance), found, expected)


@pytest.mark.parametrize("unit", ["logistic", "tanh"])
@pytest.mark.parametrize("sizes", [(3, 2), (2, 4, 3), (4, 3, 5, 2)], ids=str)
def test_changes_are_minus_the_gradient(unit: Unit, sizes: tuple[int, ...]) -> None:
    with jax.enable_x64(True):
        layers, rng = random_cases.layers(sizes), np.random.default_rng(1)
        x, targets = jnp.asarray(rng.normal(size=(5, sizes[0]))), jnp.asarray(rng.uniform(size=(5, sizes[-1])))

        @jax.jit
        def changes(layers: mlp.Layers) -> tuple[mlp.Layers, ...]:
            """By gradients of one and of all, by hand of one, of all one by one, and of all at once."""
            one = jax.grad(error)(layers, x[0], targets[0], unit)
            total = jax.grad(lambda w: jax.vmap(error, (None, 0, 0, None))(w, x, targets, unit).sum())(layers)
            each = jax.vmap(lambda x, t: by_hand.changes(layers, x, t, unit))(x, targets)
            whole = by_hand.batch_changes(layers, x, targets, unit)
            return one, total, jax.tree.map(lambda a: a[0], each), jax.tree.map(lambda a: a.sum(axis=0), each), whole

        one, total, first, summed, whole = changes(layers)
        assert_trees(first, jax.tree.map(np.negative, one), 1e-14)
        assert_trees(summed, jax.tree.map(np.negative, total), 1e-13)
        assert_trees(whole, jax.tree.map(np.negative, total), 1e-13)


def test_a_unit_as_the_book_writes_it() -> None:
    """Two inputs, two hidden units, one output, in Python's own numbers: table 4.2 of Mitchell 1997, term by term."""
    with jax.enable_x64(True):
        layers, x, t = random_cases.layers((2, 2, 1)), (0.5, -1.0), 0.9
        (w, b), (v, c) = ((np.asarray(layer["weights"]), np.asarray(layer["biases"])) for layer in layers)
        logistic = lambda a: 1 / (1 + np.exp(-a))  # noqa: E731
        h = [logistic(sum(w[i, j] * x[i] for i in range(2)) + b[j]) for j in range(2)]
        o = logistic(sum(v[j, 0] * h[j] for j in range(2)) + c[0])
        delta = o * (1 - o) * (t - o)
        hidden = [h[j] * (1 - h[j]) * v[j, 0] * delta for j in range(2)]
        found = by_hand.learned(layers, by_hand.changes(layers, jnp.asarray(x), jnp.asarray([t])), 0.3)
        np.testing.assert_allclose(found[1]["weights"][:, 0], [v[j, 0] + 0.3 * delta * h[j] for j in range(2)])
        np.testing.assert_allclose(
            found[0]["weights"], [[w[i, j] + 0.3 * hidden[j] * x[i] for j in range(2)] for i in range(2)]
        )
        np.testing.assert_allclose(found[0]["biases"], [b[j] + 0.3 * hidden[j] for j in range(2)])


def test_exclusive_or_is_learned_with_the_same_weights_step_by_step() -> None:
    """One example at a time: every weight after each of 2,000 steps to 1e-11; after 8,000 they solve it."""
    with jax.enable_x64(True):
        x, targets = map(jnp.asarray, XOR)
        start, rate = random_cases.layers((2, 3, 1), seed=3), 1.0
        order = jnp.arange(8_000) % 4

        def by_rule(layers: mlp.Layers, i: jax.Array) -> tuple[mlp.Layers, mlp.Layers]:
            layers = by_hand.learned(layers, by_hand.changes(layers, x[i], targets[i]), rate)
            return layers, layers

        def by_gradient(layers: mlp.Layers, i: jax.Array) -> tuple[mlp.Layers, mlp.Layers]:
            slope = jax.grad(error)(layers, x[i], targets[i], "logistic")
            layers = jax.tree.map(lambda w, g: w - rate * g, layers, slope)
            return layers, layers

        last, found = jax.jit(lambda w: jax.lax.scan(by_rule, w, order))(start)
        _, expected = jax.jit(lambda w: jax.lax.scan(by_gradient, w, order))(start)
        first = lambda tree: jax.tree.map(lambda a: a[:2_000], tree)  # noqa: E731
        assert_trees(first(found), first(expected), 1e-11)
        outputs = by_hand.activations(last, x)[-1]
        assert np.abs(np.asarray(outputs - targets)).max() < 0.2
        assert np.abs(np.asarray(by_hand.activations(start, x)[-1] - targets)).max() > 0.4


def test_responsibilities_stand_in_the_order_of_the_layers() -> None:
    layers = random_cases.layers((2, 4, 3, 1))
    values = by_hand.activations(layers, jnp.ones(2))
    assert [d.shape for d in by_hand.responsibilities(layers, values, jnp.ones(1))] == [(4,), (3,), (1,)]
