import jax
import jax.numpy as jnp
import numpy as np
import pytest

from research.models.activations import scaled_tanh
from research.models.convolution import convolve
from research.models.lenet5 import TABLE, LeNet5, curvature
from research.models.lenet5_codes import CODES
from research.models.lenet_modern import ModernLeNet, largest_of_four

MAPS_OF_TABLE_1 = (
    "X...XXX..XXXX.XX",
    "XX...XXX..XXXX.X",
    "XXX...XXX..X.XXX",
    ".XXX..XXXX..X.XX",
    "..XXX..XXXX.XX.X",
    "...XXX..XXXX.XXX",
)
"""Table I of the paper: rows are maps of S2, columns maps of C3."""


@pytest.fixture(scope="module")
def lenet5():
    params = LeNet5("root_fan_in").init(jax.random.key(0), jnp.zeros((1, 28, 28)))["params"]
    return params, jax.random.uniform(jax.random.key(1), (3, 28, 28), minval=-0.1, maxval=1.175)


@pytest.mark.parametrize(
    ("channels", "side", "maps", "size", "padding", "stride"),
    [(1, 8, 6, 5, 2, 1), (3, 7, 4, 3, 0, 1), (2, 5, 3, 5, 0, 1), (2, 8, 3, 3, 1, 2), (2, 9, 4, 5, 0, 3)],
)
def test_both_formulations_of_the_convolution_are_equal_in_values_and_gradients(
    channels, side, maps, size, padding, stride
):
    with jax.enable_x64(True):
        keys = jax.random.split(jax.random.key(0), 3)
        x = jax.random.normal(keys[0], (channels, side, side, 3), jnp.float64)
        w = jax.random.normal(keys[1], (size, size, channels, maps), jnp.float64)
        a, back = jax.vjp(lambda x, w: convolve(x, w, padding, stride, "patches"), x, w)
        b, forth = jax.vjp(lambda x, w: convolve(x, w, padding, stride, "xla"), x, w)
        g = jax.random.normal(keys[2], a.shape, jnp.float64)
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)
        for ours, theirs in zip(back(g), forth(g), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


def test_the_maps_of_c3_read_what_table_1_says():
    read = [[k for k in range(6) if MAPS_OF_TABLE_1[k][m] == "X"] for m in range(16)]
    assert [list(maps) for maps in TABLE] == read


def test_lenet5_is_a_plain_loop_over_its_layers(lenet5):
    """Sums of the six layers written out in numpy, for one image."""
    params, images = lenet5
    p = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), params)

    def squash(a):
        return 1.7159 * np.tanh(2 * a / 3)

    def convolution(x, layer, inputs, size):
        side, pair = x.shape[1] - size + 1, 0
        a = np.zeros((len(inputs), side, side))
        for m, read in enumerate(inputs):
            for k in read:
                w = layer["weights"][:, pair].reshape(size, size)
                pair += 1
                for i, j in np.ndindex(side, side):
                    a[m, i, j] += (w * x[k, i : i + size, j : j + size]).sum()
        return squash(a + layer["biases"][:, None, None])

    def subsampling(x, layer):
        sums = x[:, ::2, ::2] + x[:, 1::2, ::2] + x[:, ::2, 1::2] + x[:, 1::2, 1::2]
        return squash(layer["weights"][:, None, None] * sums + layer["biases"][:, None, None])

    x = np.pad(np.asarray(images[0], np.float64), 2, constant_values=-0.1)[None]
    x = subsampling(convolution(x, p["C1"], [[0]] * 6, 5), p["S2"])
    x = subsampling(convolution(x, p["C3"], TABLE, 5), p["S4"])
    x = convolution(convolution(x, p["C5"], [range(16)] * 120, 5), p["F6"], [range(120)] * 84, 1)
    expected = ((x[:, 0, 0] - CODES) ** 2).sum(axis=1)
    np.testing.assert_allclose(LeNet5().apply({"params": params}, images)[0], expected, rtol=1e-4)


def test_curvature_is_the_recursion_written_out_for_the_last_layers(lenet5):
    """h of F6, C5 and S4 from the activations, each sum written for itself."""
    params, images = lenet5
    model = LeNet5().bind({"params": params})
    inputs, sums, x = [], [], model.padded(images)
    for layer in model.layers:
        inputs.append(np.asarray(x))
        sums.append(np.asarray(layer(x)))
        x = scaled_tanh(layer(x))
    slopes = [np.asarray(jax.vmap(jax.grad(scaled_tanh))(a.ravel())).reshape(a.shape) ** 2 for a in sums]
    h = curvature(params, images)
    p = jax.tree.map(np.asarray, params)

    of_f6 = 2 * slopes[5][:, 0, 0]  # (84, n)
    squares = inputs[5][:, 0, 0] ** 2  # (120, n)
    np.testing.assert_allclose(h["F6"]["biases"], of_f6.mean(axis=1), rtol=1e-4)
    weights = np.einsum("mn,kn->mk", of_f6, squares).reshape(1, -1) / 3
    np.testing.assert_allclose(h["F6"]["weights"], weights, rtol=1e-4)

    of_c5 = slopes[4][:, 0, 0] * (p["F6"]["weights"].reshape(84, 120).T ** 2 @ of_f6)  # (120, n)
    weights = np.einsum("mn,kijn->ijmk", of_c5, inputs[4] ** 2).reshape(25, -1) / 3
    np.testing.assert_allclose(h["C5"]["weights"], weights, rtol=1e-4)

    squared = p["C5"]["weights"].reshape(5, 5, 120, 16) ** 2
    of_s4 = slopes[3] * np.einsum("ijmk,mn->kijn", squared, of_c5)
    np.testing.assert_allclose(h["S4"]["biases"], of_s4.sum(axis=(1, 2)).mean(axis=1), rtol=1e-4)
    fours = sum(inputs[3][:, i::2, j::2] ** 2 for i in (0, 1) for j in (0, 1))
    np.testing.assert_allclose(h["S4"]["weights"], (of_s4 * fours).sum(axis=(1, 2)).mean(axis=1), rtol=1e-4)


def test_codes_are_ten_different_drawings():
    assert CODES.shape == (10, 84)
    assert set(np.unique(CODES)) == {-1.0, 1.0}
    distances = ((CODES[:, None] - CODES[None]) ** 2).sum(axis=-1)
    assert distances[~np.eye(10, dtype=bool)].min() >= 32


def test_the_code_of_a_digit_has_distance_0_from_itself(lenet5):
    """F6 whose biases drive every output to the code of 7 answers 7."""
    params, images = lenet5
    f6 = {"weights": 0 * params["F6"]["weights"], "biases": jnp.asarray(1.5 * np.arctanh(CODES[7] / 1.7159))}
    y = LeNet5().apply({"params": {**params, "F6": f6}}, images)
    np.testing.assert_allclose(y[:, 7], 0.0, atol=1e-4)
    assert (y.argmin(axis=1) == 7).all()


def test_largest_of_four():
    x = jnp.arange(32.0).reshape(2, 4, 4, 1)
    np.testing.assert_array_equal(largest_of_four(x)[0, :, :, 0], [[5, 7], [13, 15]])


def test_the_modern_form_reads_examples_one_by_one_as_together():
    model = ModernLeNet()
    images = jax.random.uniform(jax.random.key(0), (3, 28, 28))
    params = model.init(jax.random.key(1), images)
    together = model.apply(params, images)
    alone = jnp.concatenate([model.apply(params, images[i : i + 1]) for i in range(3)])
    np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-5)


def test_first_weights_of_the_modern_form_have_the_variance_of_he():
    params = ModernLeNet(maps=(20, 50), units=(500,), padding=0).init(jax.random.key(0), jnp.zeros((1, 28, 28)))[
        "params"
    ]
    for layer, fan_in in (("C3", 500), ("F5", 800)):
        kernel = np.asarray(params[layer].get("weights", params[layer].get("kernel")))
        assert kernel.std() == pytest.approx((2 / fan_in) ** 0.5, rel=0.02)
