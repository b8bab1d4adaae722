"""LeCun et al. 1998: LeNet-5 as it was, with its own rule, reads MNIST."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

import research.data
from research.claims import Measurements, Run
from research.data import Dataset, Split, noise
from research.experiments import BadConfig, Reader, require_positive
from research.experiments import lenet5_figures as figures
from research.models.counting import layers
from research.models.initial_weights import Spread
from research.models.lenet5 import LeNet5, curvature
from research.optimizers import per_weight_rates
from research.training.augmentation import distorted
from research.training.batches import shuffled
from research.training.devices import compile_segment, lower_step
from research.training.evaluation import compile_batch_evaluation
from research.training.loop import train
from research.training.state import Batch, TrainState, create_state
from research.training.step import batch_gradient_step, over_seeds


@dataclasses.dataclass(frozen=True)
class Config:
    """The rule of LeCun et al. 1998, section III.B and appendix C.

    Args:
        spread: first weights uniform in +-2.4 / F (section III.A), or +-2.4 / sqrt(F), F the fan-in.
        passes: passes through the training set (section III.B: 20).
        learning_rates: global rate eta of the rate eta / (mu + h) of a weight, one after another (section III.B).
        rate_passes: for how many passes each holds; the last one holds to the end (section III.B: 2, 3, 3, 4).
        mu: bound of the curvature h from below (section III.B: .02). Of .1, .3, 1 and 3 the one with the lowest
            training loss in the third pass; with .02 the rates renewed before the second pass throw the network back
            to the loss that it began with.
        curvature_examples: training examples on which h is estimated before each pass (section III.B: 500).
        j: constant of the loss, > 0, which keeps classes that are far already from being pushed further (eq. 9; its
            value is not in the paper).
        distortions: none, or affine: each training image is moved, scaled, squeezed and sheared anew at each step
            (section III.B: planar affine transformations; their ranges are not in the paper).
        control_passes: passes of the control, which learns shuffled labels.
    """

    spread: Spread = "root_fan_in"
    passes: int = 20
    learning_rates: tuple[float, ...] = (5e-4, 2e-4, 1e-4, 5e-5, 1e-5)
    rate_passes: tuple[int, ...] = (2, 3, 3, 4)
    mu: float = 0.3
    curvature_examples: int = 500
    j: float = 0.1
    distortions: Literal["none", "affine"] = "none"
    control_passes: int = 2

    def __post_init__(self) -> None:
        """Checks the fields."""
        require_positive(
            self, "passes", "learning_rates", "rate_passes", "mu", "curvature_examples", "j", "control_passes"
        )
        if len(self.learning_rates) != len(self.rate_passes) + 1:
            raise BadConfig(
                f"learning_rates = {self.learning_rates}: one more than rate_passes = {self.rate_passes}, because the "
                "last rate holds to the end"
            )


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


def inputs(images: jax.Array) -> jax.Array:
    """Grey values as the network reads them: background -0.1, ink 1.175 (section II.B)."""
    return images.astype(jnp.float32) * (1.275 / 255) - 0.1


def distances(params: Any, images: jax.Array) -> jax.Array:
    """Distance of each image from each digit's code, (n, 10)."""
    return LeNet5().apply({"params": params}, inputs(images))  # type: ignore[return-value]


def losses(config: Config, params: Any, examples: Split, keys: jax.Array) -> jax.Array:
    """E_p = y_D + log(e^-j + sum_i e^-y_i), y_i the distances and D the digit (eq. 9), one value an example."""
    images = examples.images
    if config.distortions == "affine":
        images = jax.vmap(distorted)(images.astype(jnp.float32), keys)
    y = distances(params, images)
    own = jnp.take_along_axis(y, examples.labels[:, None], axis=1)[:, 0]
    constant = jnp.full((len(y), 1), -config.j)
    return own + jax.nn.logsumexp(jnp.concatenate([-y, constant], axis=1), axis=1)


def measure(params: Any, examples: Split) -> dict[str, jax.Array]:
    """Error (0 or 1) of each example for each of a stack of networks, (n, networks)."""

    def one(params: Any) -> jax.Array:
        return (distances(params, examples.images).argmin(axis=1) != examples.labels).astype(jnp.float32)

    return {"error": jax.vmap(one, out_axes=1)(params)}


def _step(config: Config) -> Any:
    rule = functools.partial(
        batch_gradient_step, losses=functools.partial(losses, config), optimizer=per_weight_rates()
    )
    return over_seeds(rule)


def _first_state(config: Config, keys: jax.Array) -> TrainState:
    @jax.jit
    @jax.vmap
    def params(key: jax.Array) -> Any:
        return LeNet5(config.spread).init(key, jnp.zeros((1, 28, 28)))["params"]

    return jax.vmap(lambda p, key: create_state(p, per_weight_rates(), key))(params(keys), keys)


def _begin(config: Config, examples: int) -> Callable[[TrainState, Split], TrainState]:
    """What a pass begins with: the rate of the pass, and h from the first training examples."""
    ends = np.cumsum(config.rate_passes)

    @jax.jit
    def renew(params: Any, images: jax.Array, step: jax.Array) -> Any:
        place = jnp.searchsorted(jnp.asarray(ends), step[0] // examples, side="right")
        rate = jnp.asarray(config.learning_rates)[place]
        h = jax.lax.map(lambda p: curvature(p, inputs(images)), params)
        return jax.tree.map(lambda c: rate / (config.mu + c), h)

    def begin(state: TrainState, digits: Split) -> TrainState:
        rates = renew(state.params, digits.images[: config.curvature_examples], state.step)
        return dataclasses.replace(state, opt_state=rates)

    return begin


def programs(config: Config, data: Dataset) -> dict[str, jax.stages.Lowered]:
    """The step, the renewal of the rates and the evaluation of one seed."""
    keys = jax.random.key(0)[None]
    state = jax.eval_shape(functools.partial(_first_state, config), keys)
    batch = jax.tree.map(lambda a: a[0], shuffled(keys[0], len(data.train.labels), 1, 0, 1))
    some = jax.tree.map(lambda a: jnp.asarray(a[: config.curvature_examples]), data.test)
    params = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape[1:], leaf.dtype), state.params)
    return {
        "step": lower_step(_step(config), state, batch, data.train),
        "curvature": jax.jit(curvature).lower(params, inputs(some.images)),
        "evaluation": jax.jit(measure).lower(state.params, some),
    }


def run(config: Config, keys: jax.Array, data: Dataset, out: Run, max_steps: int | None = None) -> Measurements:
    """Trains a network a key on the digits, and for a few passes as a control one a key on shuffled labels.

    Quantities: test_error and train_error in %, with _shuffled those of the control; weights and connections of the
    network. With `max_steps` each split is its first 1,000 examples.
    """
    if max_steps:
        data = jax.tree.map(lambda array: array[:1000], data)
    examples = len(data.train.labels)
    if config.curvature_examples > examples:
        raise BadConfig(f"curvature_examples = {config.curvature_examples}: of {examples} digits")
    segment, begin = compile_segment(_step(config)), _begin(config, examples)
    evaluate = compile_batch_evaluation(measure, batch=500)

    def batches(start: int, count: int) -> Batch:
        return jax.vmap(lambda key: shuffled(key, examples, 1, start, count), out_axes=1)(keys)

    def trained(name: str, digits: Split, passes: int) -> tuple[TrainState, dict[str, np.ndarray]]:
        state = train(
            segment,
            _first_state(config, keys),
            batches,
            digits,
            steps=min(passes * examples, max_steps or passes * examples),
            segment_steps=examples,
            out=out,
            name=name,
            begin=begin,
            validate=lambda state: {"test_error": float(evaluate(state.params, data.test)["error"].mean())},
        )
        errors = {split: evaluate(state.params, getattr(data, split))["error"] for split in ("train", "test")}
        return state, {f"{split}_error": 100 * error for split, error in errors.items()}

    mixed = data.train._replace(labels=np.random.default_rng(0).permutation(data.train.labels))
    state, measured = trained("network", data.train, config.passes)
    _, control = trained("control", mixed, min(config.control_passes, config.passes))
    first = jax.tree.map(lambda leaf: leaf[0], state.params)
    scores = jax.jit(distances)(first, jnp.asarray(data.test.images))
    answers = np.asarray(scores).argmin(axis=1)
    figures.draw(out, "LeNet-5", answers, data.test, first["C1"]["weights"], examples)
    return measured | {f"{quantity}_shuffled": value for quantity, value in control.items()} | counts()


def reader(config: Config) -> Reader:
    """How a trained network reads pictures: the nearest code is the answer."""
    del config
    return Reader("network", (28, 28), lambda params, images: -distances(params, 255 * images))


def counts() -> dict[str, np.ndarray]:
    """Trainable weights, and connections with those of the ten output units to F6."""
    found = layers(LeNet5(), (1, 28, 28))
    connections = sum(layer.connections for layer in found) + 10 * 84
    return {"weights": np.array([sum(layer.weights for layer in found)]), "connections": np.array([connections])}
