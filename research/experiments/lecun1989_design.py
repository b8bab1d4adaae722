"""LeCun 1989, network design: five networks for few digits, of which shared weights learn faster and err less."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

import research.data
from research.claims import Measurements, Run
from research.data import Dataset, Split, noise
from research.experiments import BadConfig, require_positive
from research.experiments.lecun1989_design_curves import draw, passes_until, training_errors
from research.losses import mean_squared_error
from research.metrics import is_error
from research.models import lenet1989_design
from research.models.counting import layers
from research.optimizers import newton_rates, per_weight_rates
from research.training.batches import in_order
from research.training.devices import compile_segment, lower_step
from research.training.loop import train
from research.training.state import TrainState, create_state
from research.training.step import gradient_step, over_seeds

CLASSES = 10
NETS = ("net1", "net2", "net3", "net4", "net5")


@dataclasses.dataclass(frozen=True)
class Config:
    """The digits and the rule, one for all five networks.

    Args:
        train_a_class: training digits of each class (LeCun 1989: 320 in all).
        test_a_class: test digits of each class (LeCun 1989: 160 in all).
        passes: passes through the training set (Hastie, Tibshirani & Friedman 2009, figure 11.10: 30).
        learning_rate: lr of the rate lr / (mu + h) of a weight, h its curvature, renewed before each pass; not known to
            us. Chosen by the training error function alone: of .0005, .001, .002, .005, .01 and .02 the one with the
            lowest after all passes, mean of the five networks and 3 seeds.
        mu: bound of the curvature from below (LeCun et al. 1998, appendix C: .02).
        learnt: training error in % at or under which a network counts as having learnt; ours, fixed before measuring.
    """

    train_a_class: int = 32
    test_a_class: int = 16
    passes: int = 30
    learning_rate: float = 0.002
    mu: float = 0.02
    learnt: float = 10.0

    def __post_init__(self) -> None:
        """Checks the fields."""
        require_positive(self, "train_a_class", "test_a_class", "passes", "learning_rate", "mu", "learnt")


def needs(config: Config) -> tuple[str, ...]:
    """The zip-code digits."""
    del config
    return ("zip",)


def load(config: Config) -> Dataset:
    """The first digits of each class of the zip-code training set, then the next ones for test, in the file's order.

    Raises:
        BadConfig: a class has fewer digits.
    """
    source = research.data.load("zip").train
    rank = rank_in_class(source.labels)
    few, all_ = config.train_a_class, config.train_a_class + config.test_a_class
    fewest = int(np.bincount(source.labels).min())
    if all_ > fewest:
        raise BadConfig(f"train_a_class + test_a_class = {all_}: a class of the zip-code digits has only {fewest}")
    chosen = (rank < few, (few <= rank) & (rank < all_))
    return Dataset(*(Split(source.images[which], source.labels[which]) for which in chosen))


def rank_in_class(labels: np.ndarray) -> np.ndarray:
    """For each label, how many equal ones came before it."""
    equal = labels[:, None] == np.arange(labels.max() + 1)
    return equal.cumsum(axis=0)[np.arange(len(labels)), labels] - 1


def synthetic(config: Config) -> Dataset:
    """Noise of the shape of the digits."""
    return noise((CLASSES * config.train_a_class, CLASSES * config.test_a_class), (16, 16), -1.0, 1.0)


def network(name: str) -> nn.Module:
    """One of the five."""
    return getattr(lenet1989_design, name)()[0]


def outputs(model: nn.Module, params: Any, image: jax.Array) -> jax.Array:
    """The ten outputs for one image."""
    return model.apply({"params": params}, image)  # type: ignore[return-value]


def loss(model: nn.Module, params: Any, example: Split, key: jax.Array) -> jax.Array:
    """Mean squared error of the ten outputs against +1 for the digit's own unit and -1 for the others."""
    del key
    target = 2 * jax.nn.one_hot(example.labels, CLASSES) - 1
    return mean_squared_error(outputs(model, params, example.images), target)


def measure(model: nn.Module, params: Any, data: Dataset) -> dict[str, jax.Array]:
    """Errors in % of each of a stack of networks, on both splits."""

    def of(params: Any, digits: Split) -> jax.Array:
        answers = jax.vmap(functools.partial(outputs, model, params))(jnp.asarray(digits.images))
        return 100 * jax.vmap(is_error)(answers, jnp.asarray(digits.labels)).mean()

    train_error, test_error = (jax.vmap(of, (0, None))(params, digits) for digits in data)
    return {"train_error": train_error, "test_error": test_error}


def _step(model: nn.Module) -> Any:
    return over_seeds(
        functools.partial(gradient_step, loss=functools.partial(loss, model), optimizer=per_weight_rates())
    )


def _first_state(model: nn.Module, keys: jax.Array) -> TrainState:
    params = jax.jit(jax.vmap(lambda key: model.init(key, jnp.zeros((16, 16)))["params"]))(keys)
    return jax.vmap(lambda p, key: create_state(p, per_weight_rates(), key))(params, keys)


def _begin(config: Config, model: nn.Module) -> Callable[[TrainState, Split], TrainState]:
    """What a pass begins with: the rates are set anew from the training digits."""
    answer = functools.partial(outputs, model)

    @jax.jit
    def renew(params: Any, images: jax.Array) -> Any:
        return jax.vmap(lambda p: newton_rates(answer, p, images, config.learning_rate, config.mu))(params)

    def begin(state: TrainState, digits: Split) -> TrainState:
        return dataclasses.replace(state, opt_state=renew(state.params, digits.images))

    return begin


def programs(config: Config, data: Dataset) -> dict[str, jax.stages.Lowered]:
    """Step and evaluation of each network, for one seed."""
    batch = jax.tree.map(lambda a: a[0], in_order(len(data.train.labels), 1, 0, 1))
    lowered = {}
    for name in NETS:
        model = network(name)
        state = jax.eval_shape(functools.partial(_first_state, model), jax.random.key(0)[None])
        lowered[f"{name} step"] = lower_step(_step(model), state, batch, data.train)
        lowered[f"{name} evaluation"] = jax.jit(functools.partial(measure, model)).lower(state.params, data)
    return lowered


def run(config: Config, keys: jax.Array, data: Dataset, out: Run, max_steps: int | None = None) -> Measurements:
    """Trains the five networks, each from every key, and as controls on shuffled labels.

    Quantities of NET in net1 ... net5: {test_error, train_error, test_accuracy}_NET in %, passes_NET until the training
    error was at most `learnt`, one more than all passes where it never was; each also with _shuffled, of the controls;
    weights_NET and links_NET.
    """
    mixed = data.train._replace(labels=np.random.default_rng(0).permutation(data.train.labels))
    measured: dict[str, np.ndarray] = {}
    for name in NETS:
        model = network(name)
        learn = _learner(config, model, keys, data, out, max_steps)
        params, found = learn(name, data.train)
        _, control = learn(f"{name}_shuffled", mixed)
        measured |= {f"{q}_{name}": v for q, v in found.items()}
        measured |= {f"{q}_{name}_shuffled": v for q, v in control.items()} | _counts(name, model)
        if name == "net5":
            first = jax.tree.map(lambda leaf: leaf[0], params)
            draw(out, NETS, first, functools.partial(outputs, model), data)
    return measured


def _learner(
    config: Config, model: nn.Module, keys: jax.Array, data: Dataset, out: Run, max_steps: int | None
) -> Callable[[str, Split], tuple[Any, dict[str, np.ndarray]]]:
    """learn(name, digits) -> parameters and what was measured, one value a key; compiled once for all digits."""
    examples, first = len(data.train.labels), _first_state(model, keys)
    segment, begin = compile_segment(_step(model)), _begin(config, model)
    evaluate = jax.jit(functools.partial(measure, model))

    def learn(name: str, digits: Split) -> tuple[Any, dict[str, np.ndarray]]:
        measured_on = Dataset(digits, data.test)

        def validate(state: TrainState) -> dict[str, float]:
            errors = jax.device_get(evaluate(state.params, measured_on))
            seeds = {f"train_error_seed{seed}": float(e) for seed, e in enumerate(errors["train_error"])}
            return {q: float(v.mean()) for q, v in errors.items()} | seeds

        state = train(
            segment,
            first,
            lambda start, steps: in_order(examples, 1, start, steps),
            digits,
            steps=min(config.passes * examples, max_steps or config.passes * examples),
            segment_steps=examples,
            out=out,
            name=name,
            begin=begin,
            validate=validate,
        )
        errors = {q: np.asarray(v) for q, v in evaluate(state.params, measured_on).items()}
        curves = training_errors(out.folder / "metrics.jsonl", name, len(keys))
        passes = passes_until(curves, config.learnt, config.passes + 1)
        return state.params, errors | {"test_accuracy": 100 - errors["test_error"], "passes": passes}

    return learn


def _counts(name: str, model: nn.Module) -> dict[str, np.ndarray]:
    found = layers(model, (16, 16))
    weights, links = (sum(getattr(layer, what) for layer in found) for what in ("weights", "connections"))
    return {f"weights_{name}": np.array([weights]), f"links_{name}": np.array([links])}
