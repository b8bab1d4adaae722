"""LeNet as it is built now - rectified units, largest of four, softmax, Adam - on MNIST or Fashion-MNIST."""

import dataclasses
import functools
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
import optax

import research.data
from research.claims import Measurements, Run
from research.data import Dataset, Split, noise
from research.experiments import BadConfig, Reader, require_positive
from research.experiments import lenet5_figures as figures
from research.losses import cross_entropy
from research.metrics import is_error
from research.models.counting import layers
from research.models.lenet_modern import ModernLeNet
from research.optimizers import adam
from research.training.batches import shuffled
from research.training.devices import compile_segment, lower_step
from research.training.evaluation import compile_batch_evaluation
from research.training.loop import train
from research.training.state import Batch, TrainState, create_state
from research.training.step import batch_gradient_step, seed_by_seed

CLOTHES = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot")


@dataclasses.dataclass(frozen=True)
class Config:
    """The network and how it learns; nothing was chosen on the test set.

    Args:
        data: mnist or fashion_mnist.
        maps: maps of the two convolutions (LeCun et al. 1998: 6 and 16).
        units: units of the fully connected layers before the output (LeCun et al. 1998: 120 and 84).
        padding: pixels added around the image (LeCun et al. 1998: 2).
        passes: passes through the training set (LeCun et al. 1998: 20).
        batch: examples a step.
        learning_rate: Adam's at the first step (Kingma & Ba 2015: .001), from which it falls to 0 along a cosine.
        control_passes: passes of the control, which learns shuffled labels.
    """

    data: Literal["mnist", "fashion_mnist"] = "mnist"
    maps: tuple[int, int] = (6, 16)
    units: tuple[int, ...] = (120, 84)
    padding: int = 2
    passes: int = 20
    batch: int = 64
    learning_rate: float = 1e-3
    control_passes: int = 1

    def __post_init__(self) -> None:
        """Checks the fields."""
        require_positive(self, "maps", "units", "passes", "batch", "learning_rate", "control_passes")
        if not 0 <= self.padding <= 28 or self.padding % 2:
            raise BadConfig(f"padding = {self.padding}: must be even, 0 to 28, so that maps can be halved twice")


def needs(config: Config) -> tuple[str, ...]:
    """The data set of the config."""
    return (config.data,)


def load(config: Config) -> Dataset:
    """The 60,000 training and 10,000 test images: images (n, 28, 28), uint8, ink 255."""
    return research.data.load(config.data)


def synthetic(config: Config) -> Dataset:
    """Noise of the shape of the images."""
    del config
    return noise((60_000, 10_000), (28, 28), 0, 255, np.uint8)


def network(config: Config) -> ModernLeNet:
    """The network of the config."""
    return ModernLeNet(maps=config.maps, units=config.units, padding=config.padding)


def logits(model: ModernLeNet, params: Any, images: jax.Array) -> jax.Array:
    """Ten logits for each image, (n, 10)."""
    return model.apply({"params": params}, images.astype(jnp.float32) / 255)  # type: ignore[return-value]


def losses(model: ModernLeNet, params: Any, examples: Split, keys: jax.Array) -> jax.Array:
    """Cross-entropy of each example, (n,)."""
    del keys
    return jax.vmap(cross_entropy)(logits(model, params, examples.images), examples.labels)


def measure(model: ModernLeNet, params: Any, examples: Split) -> dict[str, jax.Array]:
    """Error (0 or 1) of each example for each of a stack of networks, (n, networks)."""

    def one(params: Any) -> jax.Array:
        return jax.vmap(is_error)(logits(model, params, examples.images), examples.labels)

    return {"error": jax.lax.map(one, params).T}


def _steps(config: Config, examples: int) -> int:
    return config.passes * -(-examples // config.batch)


def _optimizer(config: Config, examples: int) -> optax.GradientTransformation:
    return adam(optax.cosine_decay_schedule(config.learning_rate, _steps(config, examples)))


def _step(config: Config, optimizer: optax.GradientTransformation) -> Any:
    of_batch = functools.partial(losses, network(config))
    return seed_by_seed(functools.partial(batch_gradient_step, losses=of_batch, optimizer=optimizer))


def _first_state(config: Config, optimizer: optax.GradientTransformation, keys: jax.Array) -> TrainState:
    @jax.jit
    @jax.vmap
    def params(key: jax.Array) -> Any:
        return network(config).init(key, jnp.zeros((1, 28, 28)))["params"]

    return jax.vmap(lambda p, key: create_state(p, optimizer, key))(params(keys), keys)


def programs(config: Config, data: Dataset) -> dict[str, jax.stages.Lowered]:
    """The step and the evaluation of one seed."""
    keys, examples = jax.random.key(0)[None], len(data.train.labels)
    optimizer = _optimizer(config, examples)
    state = jax.eval_shape(functools.partial(_first_state, config, optimizer), keys)
    batch = shuffled(keys[0], examples, config.batch, 0, 1)
    some = jax.tree.map(lambda a: jnp.asarray(a[:100]), data.test)
    return {
        "step": lower_step(_step(config, optimizer), state, batch, data.train),
        "evaluation": jax.jit(functools.partial(measure, network(config))).lower(state.params, some),
    }


def run(config: Config, keys: jax.Array, data: Dataset, out: Run, max_steps: int | None = None) -> Measurements:
    """Trains a network a key, and for a few passes as a control one a key on shuffled labels.

    Quantities: test_error, test_accuracy and train_error in %, with _shuffled those of the control; weights and macs of
    the network. With `max_steps` each split is its first 1,000 examples.
    """
    if max_steps:
        data = jax.tree.map(lambda array: array[:1000], data)
    model, examples = network(config), len(data.train.labels)
    a_pass = -(-examples // config.batch)
    optimizer = _optimizer(config, examples)
    segment = compile_segment(_step(config, optimizer))
    evaluate = compile_batch_evaluation(functools.partial(measure, model), batch=500)

    def batches(start: int, count: int) -> Batch:
        return jax.vmap(lambda key: shuffled(key, examples, config.batch, start, count), out_axes=1)(keys)

    def trained(name: str, images: Split, passes: int) -> tuple[TrainState, dict[str, np.ndarray]]:
        state = train(
            segment,
            _first_state(config, optimizer, keys),
            batches,
            images,
            steps=min(passes * a_pass, max_steps or passes * a_pass),
            segment_steps=a_pass,
            out=out,
            name=name,
            validate=lambda state: {"test_error": float(evaluate(state.params, data.test)["error"].mean())},
        )
        errors = {split: 100 * evaluate(state.params, getattr(data, split))["error"] for split in ("train", "test")}
        measured = {f"{split}_error": error for split, error in errors.items()}
        return state, measured | {"test_accuracy": 100 - measured["test_error"]}

    mixed = data.train._replace(labels=np.random.default_rng(0).permutation(data.train.labels))
    state, measured = trained("network", data.train, config.passes)
    _, control = trained("control", mixed, min(config.control_passes, config.passes))
    first = jax.tree.map(lambda leaf: leaf[0], state.params)
    answers = jax.jit(functools.partial(logits, model))(first, jnp.asarray(data.test.images)).argmax(axis=1)
    seen = np.asarray(answers), data.test, first["C1"]["weights"]
    figures.draw(out, "LeNet", *seen, a_pass, reader(config).classes)
    return measured | {f"{quantity}_shuffled": value for quantity, value in control.items()} | counts(model)


def reader(config: Config) -> Reader:
    """How a trained network reads pictures."""
    classes = CLOTHES if config.data == "fashion_mnist" else tuple("0123456789")
    score = functools.partial(logits, network(config))
    return Reader("network", (28, 28), lambda params, images: score(params, 255 * images), classes)


def counts(model: ModernLeNet) -> dict[str, np.ndarray]:
    """Free parameters and MACs of one example."""
    found = layers(model, (1, 28, 28))
    return {name: np.array([sum(getattr(layer, name) for layer in found)]) for name in ("weights", "macs")}
