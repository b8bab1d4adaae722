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
from research.experiments import BadConfig, Reader, require_positive
from research.experiments import digits_quick_figures as figures
from research.losses import cross_entropy
from research.metrics import is_error
from research.models import mlp, neighbours
from research.models.digits_network import DigitsNetwork
from research.optimizers import adam
from research.training.batches import shuffled
from research.training.devices import compile_segment, lower_step
from research.training.evaluation import compile_evaluation
from research.training.loop import train
from research.training.state import Batch, TrainState, create_state
from research.training.step import gradient_step, over_seeds

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


class Digits(NamedTuple):
    """Examples of one split: images (n, 8, 8), float32 in [0, 1], and labels (n,), int32."""

    images: Any
    labels: Any


class Data(NamedTuple):
    """The two splits."""

    train: Digits
    test: Digits


class Model(NamedTuple):
    """A model as two pure functions: init(key) -> params, and apply(params, image) -> logits."""

    init: Callable[[jax.Array], Any]
    apply: Callable[[Any, jax.Array], jax.Array]


def needs(config: Config) -> tuple[str, ...]:
    """Nothing to prepare: the digits are embedded in scikit-learn."""
    del config
    return ()


def load(config: Config) -> Data:
    """The 8 x 8 digits, grey values divided by 16."""
    del config
    train, test = research.data.load("digits")
    return Data(*(Digits(split.images.astype(np.float32) / 16, split.labels) for split in (train, test)))


def synthetic(config: Config) -> Data:
    """Noise of the shape of the digits."""
    real = load(config)
    rng = np.random.default_rng(0)

    def noise(split: Digits) -> Digits:
        images = rng.random(split.images.shape, np.float32)
        return Digits(images, rng.integers(0, CLASSES, split.labels.shape).astype(np.int32))

    return Data(*map(noise, real))


def models(config: Config) -> dict[str, Model]:
    """The three networks by name: linear, hidden and convolutional."""
    network = DigitsNetwork(config.maps)

    def perceptron(*sizes: int) -> Model:
        return Model(lambda key: mlp.init(key, sizes), lambda params, image: mlp.apply(params, image.reshape(-1)))

    return {
        "linear": perceptron(64, CLASSES),
        "hidden": perceptron(64, config.hidden, CLASSES),
        "convolutional": Model(
            lambda key: network.init(key, jnp.zeros((8, 8)))["params"],
            lambda params, image: network.apply({"params": params}, image),  # type: ignore[arg-type, return-value]
        ),
    }


def loss(model: Model, params: Any, example: Digits, key: jax.Array) -> jax.Array:
    """Cross-entropy of one example."""
    del key
    return cross_entropy(model.apply(params, example.images), example.labels)


def measure(model: Model, params: Any, example: Digits) -> dict[str, jax.Array]:
    """Error (0 or 1) of one example for each of a stack of networks."""
    return {"error": jax.vmap(lambda p: is_error(model.apply(p, example.images), example.labels))(params)}


def _step(model: Model, config: Config) -> Any:
    optimizer = adam(config.learning_rate)
    return over_seeds(functools.partial(gradient_step, loss=functools.partial(loss, model), optimizer=optimizer))


def _first_state(model: Model, config: Config, keys: jax.Array) -> TrainState:
    return jax.vmap(lambda key: create_state(model.init(key), adam(config.learning_rate), key))(keys)


def programs(config: Config, data: Data) -> dict[str, jax.stages.Lowered]:
    """Step and evaluation of each network, for one seed."""
    keys = jax.random.key(0)[None]
    batch = jax.tree.map(lambda a: a[0], shuffled(keys[0], len(data.train.labels), config.batch, 0, 1))
    example = jax.tree.map(lambda a: jnp.asarray(a[0]), data.test)
    lowered = {}
    for name, model in models(config).items():
        state = jax.eval_shape(functools.partial(_first_state, model, config), keys)
        lowered[f"{name} step"] = lower_step(_step(model, config), state, batch, data.train)
        evaluation = jax.jit(functools.partial(measure, model))
        lowered[f"{name} evaluation"] = evaluation.lower(state.params, example)
    return lowered


def run(config: Config, keys: jax.Array, data: Data, out: Run, max_steps: int | None = None) -> Measurements:
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
            answers = np.asarray(jax.jit(jax.vmap(model.apply, in_axes=(None, 0)))(first, data.test.images))
            out.figure("misread", figures.misread(data.test, answers.argmax(axis=1)))
    for name, digits in (("nearest_error", data.train), ("nearest_error_shuffled", mixed)):
        measured[name] = np.array([nearest_error(digits, data.test, config.neighbours)])
    out.figure("errors", figures.errors(measured))
    return measured


def _learner(
    model: Model, config: Config, keys: jax.Array, data: Data, out: Run, max_steps: int | None
) -> Callable[[str, Digits], tuple[Any, np.ndarray]]:
    """learn(name, digits) -> parameters and test errors in %, one a key; compiled once for all digits."""
    examples = len(data.train.labels)
    a_pass = -(-examples // config.batch)
    steps = config.passes * a_pass
    segment = compile_segment(_step(model, config))
    first = jax.jit(functools.partial(_first_state, model, config))
    evaluate = compile_evaluation(functools.partial(measure, model), batch=len(data.test.labels))

    def batches(start: int, count: int) -> Batch:
        return jax.vmap(lambda key: shuffled(key, examples, config.batch, start, count), out_axes=1)(keys)

    def learn(name: str, digits: Digits) -> tuple[Any, np.ndarray]:
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
    scores = jax.vmap(models(config)["convolutional"].apply, in_axes=(None, 0))
    return Reader("convolutional", (8, 8), scores, box=8)


def nearest_error(train: Digits, test: Digits, k: int) -> float:
    """Error in % of the k nearest neighbours, by Euclidean distance."""
    x, t = (jnp.asarray(split.images).reshape(len(split.images), -1) for split in (train, test))
    answers = neighbours.classify(x, jnp.asarray(train.labels), t, k, CLASSES)
    return 100 * float((answers != np.asarray(test.labels)).mean())
