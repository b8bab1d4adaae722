"""LeCun et al. 1998, section III: the methods without convolutions that read the digits of MNIST."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import research.data
from research.claims import Measurements, Run
from research.data import Dataset, Split, noise
from research.experiments import Reader, require_positive
from research.experiments import lecun1998_baselines_figures as figures
from research.losses import mean_squared_error
from research.metrics import is_error
from research.models import linear, mlp, neighbours
from research.models.activations import scaled_tanh
from research.models.initial_weights import lecun_uniform
from research.optimizers import gradient_descent
from research.training.batches import shuffled
from research.training.devices import compile_segment, lower_step
from research.training.evaluation import compile_evaluation
from research.training.loop import train
from research.training.state import Batch, TrainState, create_state
from research.training.step import gradient_step, over_seeds

CLASSES = 10
PIXELS = 28 * 28
NETWORKS = {"300": (300,), "1000": (1000,), "300_100": (300, 100), "500_150": (500, 150)}
"""Units of the hidden layers: the four networks of the section."""
NEAREST = (1, 3)
"""Numbers of neighbours that vote."""
WATCHED = 10_000
"""Training digits whose error is measured after each pass."""
TRIAL = 1000
"""Digits of each split that a run of a few steps keeps."""


@dataclasses.dataclass(frozen=True)
class Config:
    """How the four networks learn, all in the same way, and how the linear classifier is fitted.

    Args:
        passes: passes through the training set (LeCun et al. 1998, section III: 20 for LeNet-5; for these networks not
            said).
        batch: digits a step; the paper takes one.
        learning_rate: of gradient descent on the mean over the outputs of the squared differences; not in the paper.
            Of .1, .3, .5, .7 and 1, by the training loss of pass 5, 3 seeds: .5 and .7 are lowest and near each other
            (.060 and .059, mean of the networks), at 1 that of 300 units learns nothing; the one farther from it.
        alpha: weight of the squared weights of the linear classifier, for pixels in [0, 1] and summed over the examples
            (1 is scikit-learn's default); not in the paper.
    """

    passes: int = 20
    batch: int = 64
    learning_rate: float = 0.5
    alpha: float = 1.0

    def __post_init__(self) -> None:
        """Checks the fields."""
        require_positive(self, "passes", "batch", "learning_rate", "alpha")


def needs(config: Config) -> tuple[str, ...]:
    """MNIST."""
    del config
    return ("mnist",)


def load(config: Config) -> Dataset:
    """The 60,000 training and 10,000 test digits: images (n, 28, 28), uint8, ink 255."""
    del config
    return research.data.load("mnist")


def synthetic(config: Config) -> Dataset:
    """Noise of the shape of the digits."""
    del config
    return noise((60_000, 10_000), (28, 28), 0, 255, np.uint8)


def inputs(image: jax.Array) -> jax.Array:
    """The 784 inputs: paper -0.1, ink 1.175, so that over MNIST their mean is about 0 and their variance about 1.

    Source: LeCun et al. 1998, section II.B.
    """
    return image.reshape(PIXELS) * (1.275 / 255) - 0.1


def outputs(params: Any, image: jax.Array) -> jax.Array:
    """The ten outputs for one image; every unit, the outputs too, is a scaled tanh of its weighted sum."""
    return scaled_tanh(mlp.apply(params, inputs(image), scaled_tanh))


def loss(params: Any, example: Split, key: jax.Array) -> jax.Array:
    """Mean squared error of the ten outputs against +1 for the digit's own unit and -1 for the others."""
    del key
    return mean_squared_error(outputs(params, example.images), 2 * jax.nn.one_hot(example.labels, CLASSES) - 1)


def measure(params: Any, example: Split) -> dict[str, jax.Array]:
    """Error (0 or 1) of one example for each of a stack of networks."""
    return {"error": jax.vmap(lambda p: is_error(outputs(p, example.images), example.labels))(params)}


def _step(config: Config) -> Any:
    return over_seeds(functools.partial(gradient_step, loss=loss, optimizer=gradient_descent(config.learning_rate)))


def _first_state(config: Config, hidden: tuple[int, ...], keys: jax.Array) -> TrainState:
    def state(key: jax.Array) -> TrainState:
        params = mlp.init(key, (PIXELS, *hidden, CLASSES), lecun_uniform("fan_in"))
        return create_state(params, gradient_descent(config.learning_rate), key)

    return jax.vmap(state)(keys)


def programs(config: Config, data: Dataset) -> dict[str, jax.stages.Lowered]:
    """Step and evaluation of each network, for one seed."""
    keys = jax.random.key(0)[None]
    batch = jax.tree.map(lambda a: a[0], shuffled(keys[0], len(data.train.labels), config.batch, 0, 1))
    example = jax.tree.map(lambda a: jnp.asarray(a[0]), data.test)
    lowered = {}
    for name, hidden in NETWORKS.items():
        state = jax.eval_shape(functools.partial(_first_state, config, hidden), keys)
        lowered[f"{name} step"] = lower_step(_step(config), state, batch, data.train)
        lowered[f"{name} evaluation"] = jax.jit(measure).lower(state.params, example)
    return lowered


def run(config: Config, keys: jax.Array, data: Dataset, out: Run, max_steps: int | None = None) -> Measurements:
    """Trains the four networks, each from every key, fits the linear classifier and asks the nearest neighbours.

    With `max_steps` every method has the first 1,000 digits of each split only.

    Quantities in % of the test set: hidden_{300, 1000, 300_100, 500_150}_error, with _untrained those of their first
    weights; linear_error and nearest_{1, 3}_error, with _shuffled those of the same method given shuffled labels. And
    linear_misses, the test digits that the linear classifier misreads; linear_weights, its free parameters.
    """
    if max_steps is not None:
        data = jax.tree.map(lambda array: array[:TRIAL], data)
    learn = _learner(config, keys, data, out, max_steps)
    trained = {f"hidden_{name}": learn(f"hidden_{name}", hidden) for name, hidden in NETWORKS.items()}
    measured = {f"{name}_error": error for name, (_, error, _) in trained.items()}
    measured |= {f"{name}_error_untrained": untrained for name, (_, _, untrained) in trained.items()}
    first = jax.tree.map(lambda leaf: leaf[0], trained["hidden_500_150"][0])
    answers = np.asarray(jax.jit(jax.vmap(outputs, in_axes=(None, 0)))(first, data.test.images)).argmax(axis=1)
    mixed = np.random.default_rng(0).permutation(data.train.labels)
    fitted, by_line = linear_classifier(data, mixed, config.alpha)
    measured |= by_line | nearest_neighbours(data, mixed)
    a_pass = -(-len(data.train.labels) // config.batch)
    figures.draw(out, measured, data.test, {"500-150": answers, "linear": fitted}, a_pass)
    return measured


def reader(config: Config) -> Reader:
    """How the network of 500 and 150 hidden units reads pictures."""
    del config
    return Reader("hidden_500_150", (28, 28), lambda params, x: jax.vmap(outputs, in_axes=(None, 0))(params, 255 * x))


def _learner(
    config: Config, keys: jax.Array, data: Dataset, out: Run, max_steps: int | None
) -> Callable[[str, tuple[int, ...]], tuple[Any, np.ndarray, np.ndarray]]:
    """learn(name, hidden) -> parameters, and test errors in %, one a key, after and before training."""
    examples = len(data.train.labels)
    a_pass = -(-examples // config.batch)
    segment, evaluate = compile_segment(_step(config)), compile_evaluation(measure, batch=1000)
    watched = jax.tree.map(lambda array: array[:WATCHED], data.train)

    def batches(start: int, count: int) -> Batch:
        return jax.vmap(lambda key: shuffled(key, examples, config.batch, start, count), out_axes=1)(keys)

    def validate(state: TrainState) -> dict[str, float]:
        splits = (("train", watched), ("test", data.test))
        return {f"{name}_error": float(evaluate(state.params, digits)["error"].mean()) for name, digits in splits}

    def learn(name: str, hidden: tuple[int, ...]) -> tuple[Any, np.ndarray, np.ndarray]:
        first = _first_state(config, hidden, keys)
        state = train(
            segment,
            first,
            batches,
            data.train,
            steps=min(config.passes * a_pass, max_steps or config.passes * a_pass),
            segment_steps=a_pass,
            out=out,
            name=name,
            validate=validate,
        )
        after, before = (100 * evaluate(each.params, data.test)["error"] for each in (state, first))
        return state.params, after, before

    return learn


def linear_classifier(data: Dataset, mixed: np.ndarray, alpha: float) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Ridge regression of targets of +-1 on the pixels in [0, 1]: its answers, and what it measures.

    Args:
        data: the digits.
        mixed: the training labels, shuffled.
        alpha: as `linear.ridge`.
    """
    x, t = (np.asarray(split.images).reshape(-1, PIXELS) / 255 for split in data)
    both = np.concatenate([2.0 * np.eye(CLASSES)[labels] - 1 for labels in (data.train.labels, mixed)], axis=1)
    weights = linear.ridge(x, both, alpha)  # the columns of one fit don't touch those of the other
    answers = (linear.with_ones(t) @ weights).reshape(len(t), 2, CLASSES).argmax(axis=2)
    misses = (answers != np.asarray(data.test.labels)[:, None]).sum(axis=0)
    return answers[:, 0], {
        "linear_misses": misses[:1],
        "linear_error": 100 * misses[:1] / len(t),
        "linear_error_shuffled": 100 * misses[1:] / len(t),
        "linear_weights": np.array([weights[:, :CLASSES].size]),
    }


def nearest_neighbours(data: Dataset, mixed: np.ndarray) -> dict[str, np.ndarray]:
    """Errors in % of the nearest neighbours, Euclidean distance of pixels in [0, 1], by true and by shuffled labels."""
    x, t = (jnp.asarray(split.images).reshape(-1, PIXELS) / 255 for split in data)
    found = neighbours.search(x, t, max(NEAREST), batch=1000)
    measured = {}
    for suffix, labels in (("", np.asarray(data.train.labels)), ("_shuffled", mixed)):
        for k in NEAREST:
            answers = np.asarray(neighbours.vote(jnp.asarray(labels[found[:, :k]]), CLASSES))
            measured[f"nearest_{k}_error{suffix}"] = np.array([100 * (answers != data.test.labels).mean()])
    return measured
