"""Networks against other ways to compute the same: XLA, loops over units, scikit-learn, finite differences."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads
from sklearn.neighbors import KNeighborsClassifier

from research.losses import mean_squared_error
from research.models import linear, mlp, neighbours
from research.models.activations import scaled_tanh
from research.models.convolution import patches
from research.models.digits_network import DigitsNetwork
from research.models.lenet1989 import LeNet1989, connections


def test_patches_are_the_receptive_fields() -> None:
    image = jnp.arange(6 * 5 * 2.0).reshape(6, 5, 2)
    fields = patches(image, 3, 2)
    assert fields.shape == (2, 2, 9, 2)
    np.testing.assert_array_equal(fields[1, 0].reshape(3, 3, 2), image[2:5, 0:3])


@pytest.mark.parametrize("scheme", ["cyclic", "thirds"])
def test_lenet1989_unit_by_unit(scheme: str) -> None:
    """The second hidden layer as the paper tells it: loops over maps, units and the 8 maps that each reads."""
    model = LeNet1989(scheme=scheme)  # type: ignore[arg-type]
    image = jax.random.uniform(jax.random.key(1), (16, 16), minval=-1)
    params = jax.tree.map(np.asarray, model.init(jax.random.key(2), image)["params"])
    params["H2"]["biases"] = np.random.default_rng(0).normal(size=(4, 4, 12)).astype(np.float32)

    def f(a: np.ndarray) -> jax.Array:
        return scaled_tanh(jnp.asarray(a))

    def tied(x: np.ndarray, inputs: tuple, weights: np.ndarray, biases: np.ndarray) -> np.ndarray:
        padded = np.pad(x, ((2, 2), (2, 2), (0, 0)), constant_values=-1)
        sums = biases.copy()
        for i, j, m in np.ndindex(biases.shape):
            field = padded[2 * i : 2 * i + 5, 2 * j : 2 * j + 5][:, :, list(inputs[m])]
            sums[i, j, m] += (field.reshape(25, -1) * weights[:, :, m]).sum()
        return np.asarray(f(sums))

    h1 = tied(np.asarray(image)[:, :, None], ((0,),) * 12, **params["H1"])
    h2 = tied(h1, connections(scheme), **params["H2"])  # type: ignore[arg-type]
    h3 = np.asarray(f(h2.reshape(-1) @ params["H3"]["kernel"] + params["H3"]["bias"]))
    out = f(h3 @ params["output"]["kernel"] + params["output"]["bias"])
    np.testing.assert_allclose(model.apply({"params": params}, image), out, atol=1e-5)  # type: ignore[arg-type]


@pytest.mark.parametrize(("spread", "power"), [("fan_in", 1.0), ("root_fan_in", 0.5)])
def test_first_weights_of_lenet1989_lie_in_their_range(spread: str, power: float) -> None:
    params = LeNet1989(spread=spread).init(jax.random.key(0), jnp.zeros((16, 16)))["params"]  # type: ignore[arg-type]
    for weights, fan_in in (
        (params["H1"]["weights"], 25),
        (params["H2"]["weights"], 200),
        (params["H3"]["kernel"], 192),
    ):
        assert 0.9 * 2.4 / fan_in**power < float(jnp.abs(weights).max()) <= 2.4 / fan_in**power


def test_first_weights_of_a_perceptron_have_variance_two_over_fan_in() -> None:
    (layer,) = mlp.init(jax.random.key(0), (400, 300))
    assert float(layer["weights"].var()) == pytest.approx(2 / 400, rel=0.02)
    assert not layer["biases"].any()


@pytest.mark.parametrize("model", [LeNet1989(), DigitsNetwork()], ids=["lenet1989", "digits"])
def test_gradients_in_both_modes(model: nn.Module) -> None:
    shape = (16, 16) if isinstance(model, LeNet1989) else (1, 8, 8)
    with jax.enable_x64(True):
        image = jax.random.uniform(jax.random.key(0), shape, jnp.float64)
        params = jax.tree.map(lambda leaf: leaf.astype(jnp.float64), model.init(jax.random.key(1), image)["params"])
        target = jax.nn.one_hot(3, 10, dtype=jnp.float64)

        def loss(params: dict) -> jax.Array:
            return mean_squared_error(model.apply({"params": params}, image).reshape(10), target)  # type: ignore[arg-type]

        @jax.jit
        def loss_along(t: jax.Array, along: dict) -> jax.Array:
            return loss(jax.tree.map(lambda w, v: w + t * v, params, along))

        for direction in range(3):
            keys = jax.random.split(jax.random.key(direction), len(jax.tree.leaves(params)))
            leaves, tree = jax.tree.flatten(params)
            along = tree.unflatten([jax.random.normal(k, a.shape, a.dtype) for k, a in zip(keys, leaves, strict=True)])

            check_grads(
                lambda t, v=along: loss_along(t, v),
                (jnp.float64(0.0),),
                order=1,
                modes=("fwd", "rev"),
                rtol=1e-5,
                atol=1e-8,
                eps=1e-6,
            )


def test_scaled_tanh_passes_through_plus_and_minus_one() -> None:
    np.testing.assert_allclose(scaled_tanh(jnp.array([-1.0, 0.0, 1.0, 100.0])), [-1, 0, 1, 1.7159], atol=1e-4)


def test_a_perceptron_without_hidden_layers_is_linear() -> None:
    layers = mlp.init(jax.random.key(0), (4, 3))
    x, y = jax.random.normal(jax.random.key(1), (2, 4))
    np.testing.assert_allclose(mlp.apply(layers, x + y), mlp.apply(layers, x) + mlp.apply(layers, y), atol=1e-6)
    hidden = mlp.init(jax.random.key(0), (4, 5, 3))
    assert [w["weights"].shape for w in hidden] == [(4, 5), (5, 3)]
    assert not np.allclose(mlp.apply(hidden, x + y), mlp.apply(hidden, x) + mlp.apply(hidden, y))


@pytest.mark.parametrize("sizes", [(4,), (4, 0, 2), ()])
def test_a_perceptron_without_units_is_an_error(sizes: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="mlp: sizes"):
        mlp.init(jax.random.key(0), sizes)


@pytest.mark.parametrize("k", [1, 3])
def test_neighbours_against_scikit_learn(k: int) -> None:
    rng = np.random.default_rng(k)
    x, t = rng.normal(size=(200, 5)).astype(np.float32), rng.normal(size=(70, 5)).astype(np.float32)
    labels = rng.integers(0, 4, 200).astype(np.int32)
    ours = neighbours.classify(jnp.asarray(x), jnp.asarray(labels), jnp.asarray(t), k, 4, batch=32)
    theirs = KNeighborsClassifier(k, algorithm="brute").fit(x, labels).predict(t)
    np.testing.assert_array_equal(ours, theirs)


def test_more_neighbours_than_examples_is_an_error() -> None:
    with pytest.raises(ValueError, match="k = 3 neighbours of 2 examples"):
        neighbours.classify(jnp.zeros((2, 1)), jnp.zeros(2, int), jnp.zeros((1, 1)), 3, 2)


def test_least_squares_leaves_a_residual_orthogonal_to_the_inputs() -> None:
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(50, 4)).astype(np.float32), rng.normal(size=(50, 2))
    residual = linear.with_ones(x) @ linear.least_squares(x, t) - t
    np.testing.assert_allclose(linear.with_ones(x).T @ residual, 0, atol=1e-10)
