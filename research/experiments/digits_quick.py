"""Four ways to read a digit of 8 x 8 pixels: nearest neighbour, linear model, one hidden layer, shared weights."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import research.data
from research.claims import Measurements, Run
from research.data import Dataset, Split, noise
from research.experiments import BadConfig, Reader, require_positive
from research.experiments import digits_quick_figures as figures
from research.losses import cross_entropy
from research.metrics import is_error
from research.models import mlp, neighbours
from research.models.digits_network import DigitsNetwork
from research.optimizers import adam
from research.training.batches import shuffled
from research.training.devices import compile_segment, lower_step
from research.training.evaluation import compile_batch_evaluation
from research.training.loop import train
from research.training.state import Batch, TrainState, create_state
from research.training.step import batch_gradient_step, seed_by_seed

CLASSES = 10


@dataclasses.dataclass(frozen=True)
class Config:
    """How the three networks are trained; all in the same way, nothing chosen on the test set.

    Args:
        hidden: units of the hidden layer.
        maps: feature maps of the two convolutions.
        passes: passes through the training set.
        batch: examples a step.
        learning_rate: Adam's (Kingma & Ba 2015, algorithm 1: .001).
        neighbours: k of the nearest-neighbour rule.
    """

    hidden: int = 64
    maps: tuple[int, int] = (16, 32)
    passes: int = 30
    batch: int = 32
    learning_rate: float = 1e-3
    neighbours: int = 1

    def __post_init__(self) -> None:
        """Checks the fields."""
        require_positive(self, "hidden", "maps", "passes", "batch", "learning_rate", "neighbours")


class Model(NamedTuple):
    """A model as two pure functions: init(key) -> params, and apply(params, images (n, 8, 8)) -> logits (n, 10)."""

    init: Callable[[jax.Array], Any]
    apply: Callable[[Any, jax.Array], jax.Array]


def needs(config: Config) -> tuple[str, ...]:
    """Nothing to prepare: the digits are embedded in scikit-learn."""
    del config
    return ()


def load(config: Config) -> Dataset:
    """The 8 x 8 digits, grey values divided by 16."""
    del config
    splits = research.data.load("digits")
    return Dataset(*(split._replace(images=split.images.astype(np.float32) / 16) for split in splits))


def synthetic(config: Config) -> Dataset:
    """Noise of the shape of the digits."""
    del config
    return noise((1438, 359), (8, 8), 0.0, 1.0)


def models(config: Config) -> dict[str, Model]:
    """The three networks by name: linear, hidden and convolutional."""
    network = DigitsNetwork(config.maps)

    def perceptron(*sizes: int) -> Model:
        def apply(params: Any, images: jax.Array) -> jax.Array:
            return jax.vmap(mlp.apply, in_axes=(None, 0))(params, images.reshape(len(images), -1))

        return Model(lambda key: mlp.init(key, sizes), apply)

    return {
        "linear": perceptron(64, CLASSES),
        "hidden": perceptron(64, config.hidden, CLASSES),
        "convolutional": Model(
            lambda key: network.init(key, jnp.zeros((1, 8, 8)))["params"],
            lambda params, images: network.apply({"params": params}, images),  # type: ignore[arg-type, return-value]
        ),
    }


def losses(model: Model, params: Any, examples: Split, keys: jax.Array) -> jax.Array:
    """Cross-entropy of each example, (n,)."""
    del keys
    return jax.vmap(cross_entropy)(model.apply(params, examples.images), examples.labels)


def measure(model: Model, params: Any, examples: Split) -> dict[str, jax.Array]:
    """Error (0 or 1) of each example for each of a stack of networks, (n, networks)."""

    def one(params: Any) -> jax.Array:
        return jax.vmap(is_error)(model.apply(params, examples.images), examples.labels)

    return {"error": jax.lax.map(one, params).T}


def _step(model: Model, config: Config) -> Any:
    of_batch, optimizer = functools.partial(losses, model), adam(config.learning_rate)
    return seed_by_seed(functools.partial(batch_gradient_step, losses=of_batch, optimizer=optimizer))


def _first_state(model: Model, config: Config, keys: jax.Array) -> TrainState:
    return jax.vmap(lambda key: create_state(model.init(key), adam(config.learning_rate), key))(keys)


def programs(config: Config, data: Dataset) -> dict[str, jax.stages.Lowered]:
    """Step and evaluation of each network, for one seed."""
    keys = jax.random.key(0)[None]
    batch = shuffled(keys[0], len(data.train.labels), config.batch, 0, 1)
    some = jax.tree.map(lambda a: jnp.asarray(a[:100]), data.test)
    lowered = {}
    for name, model in models(config).items():
        state = jax.eval_shape(functools.partial(_first_state, model, config), keys)
        lowered[f"{name} step"] = lower_step(_step(model, config), state, batch, data.train)
        evaluation = jax.jit(functools.partial(measure, model))
        lowered[f"{name} evaluation"] = evaluation.lower(state.params, some)
    return lowered


def run(config: Config, keys: jax.Array, data: Dataset, out: Run, max_steps: int | None = None) -> Measurements:
    """Trains the three networks, each from every key, and as controls on shuffled labels.

    Quantities in % of the test set: {linear, hidden, convolutional}_error, the same with _shuffled of those that learnt
    shuffled labels, and nearest_error with its own nearest_error_shuffled.
    """
    if config.neighbours > len(data.train.labels):
        raise BadConfig(f"neighbours = {config.neighbours}: there are {len(data.train.labels)} training examples")
    mixed = data.train._replace(labels=np.random.default_rng(0).permutation(data.train.labels))
    measured: dict[str, np.ndarray] = {}
    for name, model in models(config).items():
        learn = _learner(model, config, keys, data, out, max_steps)
        params, measured[f"{name}_error"] = learn(name, data.train)
        measured[f"{name}_error_shuffled"] = learn(f"{name}_shuffled", mixed)[1]
        if name == "convolutional":
            first = jax.tree.map(lambda leaf: leaf[0], params)
            answers = np.asarray(jax.jit(model.apply)(first, jnp.asarray(data.test.images)))
            out.figure("misread", figures.misread(data.test, answers.argmax(axis=1)))
    for name, digits in (("nearest_error", data.train), ("nearest_error_shuffled", mixed)):
        measured[name] = np.array([nearest_error(digits, data.test, config.neighbours)])
    out.figure("errors", figures.errors(measured))
    return measured


def _learner(
    model: Model, config: Config, keys: jax.Array, data: Dataset, out: Run, max_steps: int | None
) -> Callable[[str, Split], tuple[Any, np.ndarray]]:
    """learn(name, digits) -> parameters and test errors in %, one a key; compiled once for all digits."""
    examples = len(data.train.labels)
    a_pass = -(-examples // config.batch)
    steps = config.passes * a_pass
    segment = compile_segment(_step(model, config))
    first = jax.jit(functools.partial(_first_state, model, config))
    evaluate = compile_batch_evaluation(functools.partial(measure, model), batch=len(data.test.labels))

    def batches(start: int, count: int) -> Batch:
        return jax.vmap(lambda key: shuffled(key, examples, config.batch, start, count), out_axes=1)(keys)

    def learn(name: str, digits: Split) -> tuple[Any, np.ndarray]:
        state = train(
            segment,
            first(keys),
            batches,
            digits,
            steps=min(steps, max_steps or steps),
            segment_steps=a_pass * max(1, config.passes // 10),
            out=out,
            name=name,
        )
        return state.params, 100 * evaluate(state.params, data.test)["error"]

    return learn


def reader(config: Config) -> Reader:
    """How the network with shared weights reads pictures: the ink as large as the image, as in the set."""
    return Reader("convolutional", (8, 8), models(config)["convolutional"].apply, box=8)


def nearest_error(train: Split, test: Split, k: int) -> float:
    """Error in % of the k nearest neighbours, by Euclidean distance."""
    x, t = (jnp.asarray(split.images).reshape(len(split.images), -1) for split in (train, test))
    answers = neighbours.classify(x, jnp.asarray(train.labels), t, k, CLASSES)
    return 100 * float((answers != np.asarray(test.labels)).mean())
