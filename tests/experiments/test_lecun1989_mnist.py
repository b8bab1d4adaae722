"""The small MNIST and the recipes of the five steps against formulas by hand and loops."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from research.experiments import BadConfig
from research.experiments import lecun1989_mnist as experiment
from research.experiments.lecun1989_mnist_data import choices, interpolation, resized
from research.experiments.lecun1989_mnist_recipe import STEPS, Recipe, decay, shifted


def test_interpolation_by_hand() -> None:
    """28 to 16: pixel i lies at 1.75 i + .375, that is at .375, 2.125, 3.875 and, the last, at 26.625."""
    weights = interpolation(28, 16)
    for pixel, left, right_share in ((0, 0, 0.375), (1, 2, 0.125), (2, 3, 0.875), (15, 26, 0.625)):
        expected = np.zeros(28)
        expected[[left, left + 1]] = 1 - right_share, right_share
        np.testing.assert_allclose(weights[pixel], expected, atol=1e-12)


def test_interpolation_to_more_pixels_repeats_the_border() -> None:
    """2 to 4, by hand: -.25 is cut to 0, then .25 and .75, and 1.25 reads the last pixel twice."""
    np.testing.assert_allclose(interpolation(2, 4) @ [10.0, 20.0], [10, 12.5, 17.5, 20])


def test_a_resized_image_is_bilinear_in_its_four_neighbours() -> None:
    image = np.random.default_rng(0).integers(0, 256, (1, 28, 28)).astype(np.uint8)
    small = resized(image)
    assert small.dtype == np.float32
    assert small.shape == (1, 16, 16)
    x = image[0] / 127.5 - 1
    # row 1 lies at 2.125, column 2 at 3.875
    by_hand = 0.875 * 0.125 * x[2, 3] + 0.875 * 0.875 * x[2, 4] + 0.125 * 0.125 * x[3, 3] + 0.125 * 0.875 * x[3, 4]
    assert small[0, 1, 2] == pytest.approx(by_hand, abs=1e-6)
    extremes = np.stack([np.zeros((28, 28)), np.full((28, 28), 255)]).astype(np.uint8)
    np.testing.assert_array_equal(resized(extremes)[:, 3, 5], [-1, 1])


def test_choices_are_two_permutations_of_one_legacy_generator() -> None:
    """First entries of `numpy.random.permutation(60000)` and then `(10000)` after `numpy.random.seed(1337)`."""
    train, test = choices((60000, 10000), (7291, 2007))
    assert (len(set(train)), len(set(test))) == (7291, 2007)
    assert (train.max() < 60000, test.max() < 10000) == (True, True)
    state = np.random.get_state()
    try:
        np.random.seed(1337)
        np.testing.assert_array_equal(train, np.random.permutation(60000)[:7291])
        np.testing.assert_array_equal(test, np.random.permutation(10000)[:2007])
    finally:
        np.random.set_state(state)


def test_the_rate_falls_once_a_pass_from_the_first_to_the_last() -> None:
    """modern.py: (1 - alpha) lr + alpha lr / 3, alpha = pass / (passes - 1)."""
    rate = decay((3e-4, 1e-4), 5, 10)
    np.testing.assert_allclose(rate(jnp.array([0, 9, 10, 25, 49])), [3e-4, 3e-4, 2.5e-4, 2e-4, 1e-4], rtol=1e-6)


def test_an_image_moves_by_each_of_nine_ways() -> None:
    image = jnp.arange(16 * 16.0).reshape(16, 16)
    moved = jax.vmap(lambda key: shifted(key, image, 1))(jax.random.split(jax.random.key(0), 900))
    ways = {(x, y): np.roll(image, (x, y), (0, 1)) for x in (-1, 0, 1) for y in (-1, 0, 1)}
    counts = {way: sum(np.array_equal(m, expected) for m in np.asarray(moved)) for way, expected in ways.items()}
    assert sum(counts.values()) == 900
    assert all(60 < count < 140 for count in counts.values()), counts  # 100 +- 9.4


def recipes() -> dict[str, Recipe]:
    return {name: experiment.recipe(experiment.Config(), name, 10) for name in STEPS}


def test_each_step_changes_what_its_notes_say() -> None:
    found = {
        name: (r.network.activation, r.network.logits, r.network.dropout, r.squared, r.shift, r.bias, r.passes)
        for name, r in recipes().items()
    }
    assert found == {
        "repro": ("tanh", False, 0.0, True, 0, -1.0, 23),
        "cross_entropy": ("tanh", True, 0.0, False, 0, 0.0, 23),
        "adamw": ("tanh", True, 0.0, False, 0, 0.0, 46),
        "shift": ("tanh", True, 0.0, False, 1, 0.0, 60),
        "modern": ("relu", True, 0.25, False, 1, 0.0, 80),
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [("repro", -0.03 * 0.5), ("cross_entropy", -0.01 * 0.5), ("adamw", -3e-4 * (1 + 0.01 * 2))],
)
def test_the_first_step_of_each_rule_by_hand(name: str, expected: float) -> None:
    """w = 2, g = 1/2: lr g; AdamW's first step is the sign of g, and .01 w besides (Loshchilov & Hutter 2019)."""
    optimizer = recipes()[name].optimizer
    weight, gradient = jnp.array([2.0]), jnp.array([0.5])
    update, _ = optimizer.update(gradient, optimizer.init(weight), weight)
    assert float(update[0]) == pytest.approx(expected, rel=1e-5)


def test_dropout_needs_a_key_drops_a_quarter_and_keeps_the_mean() -> None:
    """With H3 and output made to add up H2's units, the output is that sum, each unit 0 or 4/3 of itself."""
    model = recipes()["modern"].network
    image = jax.random.uniform(jax.random.key(0), (16, 16), minval=-1)
    params = jax.tree.map(np.asarray, jax.jit(model.init)(jax.random.key(1), image)["params"])
    params["H3"] = {"kernel": np.ones((192, 30), np.float32) / 30, "bias": np.zeros(30, np.float32)}
    params["output"] = {"kernel": np.ones((30, 10), np.float32), "bias": np.zeros(10, np.float32)}

    @jax.jit
    @jax.vmap
    def drawn(key: jax.Array) -> jax.Array:
        return model.apply({"params": params}, image, rngs={"dropout": key})[0]  # type: ignore[index]

    whole = float(experiment.outputs(model, params, image)[0])
    sums = np.asarray(drawn(jax.random.split(jax.random.key(2), 4000)))
    assert np.unique(sums).size > 1000
    assert sums.mean() == pytest.approx(whole, abs=float(5 * sums.std() / 4000**0.5))
    plain = model.clone(dropout=0.0)
    h2 = plain.apply({"params": params}, image, capture_intermediates=True)[1]["intermediates"]["H2"]["__call__"][0]
    spread = (np.maximum(np.asarray(h2), 0) ** 2).sum() / 3  # variance p / (1 - p) of each unit's factor, p = 1/4
    assert sums.var() == pytest.approx(spread, rel=0.1)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"steps": ()}, "steps"),
        ({"steps": ("repro", "repro")}, "steps"),
        ({"dropout": 1.0}, "dropout"),
        ({"shift": 16}, "shift"),
        ({"passes": (0, 1, 1, 1, 1)}, "passes"),
    ],
)
def test_a_bad_config_names_its_field(fields: dict, message: str) -> None:
    with pytest.raises(BadConfig, match=message):
        experiment.Config(**fields)


@pytest.mark.data
def test_the_small_mnist_is_what_pytorch_makes_of_it() -> None:
    """Label and mean grey of the first chosen digits, by `torch.nn.functional.interpolate(mode="bilinear")`."""
    data = experiment.load(experiment.Config())
    assert [len(split.labels) for split in data] == [7291, 2007]
    assert data.train.labels[:8].tolist() == [6, 1, 0, 5, 9, 1, 6, 8]
    assert data.test.labels[:8].tolist() == [2, 7, 8, 1, 8, 0, 9, 0]
    np.testing.assert_allclose(data.train.images[:3].mean(axis=(1, 2)), [-0.50753, -0.77267, -0.71390], atol=1e-5)
    np.testing.assert_allclose(data.test.images[:3].mean(axis=(1, 2)), [-0.72693, -0.77353, -0.59334], atol=1e-5)
