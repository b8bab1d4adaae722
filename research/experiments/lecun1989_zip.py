"""LeCun et al. 1989: a network with shared weights reads handwritten zip-code digits from their pixels."""

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
from research.experiments import BadConfig, Reader, require_positive
from research.experiments import lecun1989_zip_figures as figures
from research.losses import mean_squared_error
from research.metrics import is_error
from research.models import lenet1989, linear, neighbours
from research.models.counting import layers
from research.models.initial_weights import Spread
from research.optimizers import newton_rates, per_weight_rates
from research.training.batches import in_order
from research.training.devices import compile_segment, lower_step
from research.training.evaluation import compile_evaluation
from research.training.loop import train
from research.training.state import TrainState, create_state
from research.training.step import gradient_step, over_seeds

CLASSES = 10


@dataclasses.dataclass(frozen=True)
class Config:
    """The network, its rule and how long it learns.

    Args:
        scheme: which 8 of the 12 maps of H1 a map of H2 reads; the paper does not say.
        activation: scaled_tanh (LeCun et al. 1989, section 4) or tanh.
        spread: first weights uniform in +-2.4 / F (section 4), or +-2.4 / sqrt(F), F the fan-in.
        passes: passes through the training set (section 4: 23).
        learning_rate: lr of the rate lr / (mu + h) of a weight; not in the paper. Of .0005, .001, .002 and .003 the
            one with the lowest training error function after 23 passes, mean of 5 seeds.
        mu: bound of the curvature h from below (LeCun et al. 1998, appendix C: .02); 1 without curvature.
        curvature_examples: training examples on which h is estimated before each pass (LeCun et al. 1998: 500); 0
            leaves h out, so that the rule is gradient descent.
    """

    scheme: lenet1989.Connections = "cyclic"
    activation: lenet1989.Activation = "scaled_tanh"
    spread: Spread = "fan_in"
    passes: int = 23
    learning_rate: float = 0.002
    mu: float = 0.02
    curvature_examples: int = 500

    def __post_init__(self) -> None:
        """Checks the fields."""
        require_positive(self, "passes", "learning_rate", "mu")
        if self.curvature_examples < 0:
            raise BadConfig(f"curvature_examples = {self.curvature_examples}: must be 0 or more")


def needs(config: Config) -> tuple[str, ...]:
    """The zip-code digits."""
    del config
    return ("zip",)


def load(config: Config) -> Dataset:
    """The 7,291 training and 2,007 test digits, (n, 16, 16) in [-1, 1], in the order of their files."""
    del config
    return research.data.load("zip")


def synthetic(config: Config) -> Dataset:
    """Noise of the shape of the digits."""
    del config
    return noise((7291, 2007), (16, 16), -1.0, 1.0)


def network(config: Config) -> lenet1989.LeNet1989:
    """The network of the config."""
    return lenet1989.LeNet1989(scheme=config.scheme, activation=config.activation, spread=config.spread)


def outputs(model: lenet1989.LeNet1989, params: Any, image: jax.Array) -> jax.Array:
    """The ten outputs for one image."""
    return model.apply({"params": params}, image)  # type: ignore[return-value]


def loss(model: lenet1989.LeNet1989, params: Any, example: Split, key: jax.Array) -> jax.Array:
    """Mean squared error of the ten outputs against +1 for the digit's own unit and -1 for the others."""
    del key
    target = 2 * jax.nn.one_hot(example.labels, CLASSES) - 1
    return mean_squared_error(outputs(model, params, example.images), target)


def measure(model: lenet1989.LeNet1989, params: Any, example: Split) -> dict[str, jax.Array]:
    """Error (0 or 1) and mean squared error of one example for each of a stack of networks."""

    def one(params: Any) -> dict[str, jax.Array]:
        answer = outputs(model, params, example.images)
        return {"error": is_error(answer, example.labels), "mse": loss(model, params, example, jax.random.key(0))}

    return jax.vmap(one)(params)


def _step(model: lenet1989.LeNet1989) -> Any:
    return over_seeds(
        functools.partial(gradient_step, loss=functools.partial(loss, model), optimizer=per_weight_rates())
    )


def _first_state(model: lenet1989.LeNet1989, keys: jax.Array) -> TrainState:
    @jax.jit
    @jax.vmap
    def params(key: jax.Array) -> Any:
        return model.init(key, jnp.zeros((16, 16)))["params"]

    return jax.vmap(lambda p, key: create_state(p, per_weight_rates(), key))(params(keys), keys)


def _begin(config: Config, model: lenet1989.LeNet1989) -> Callable[[TrainState, Split], TrainState]:
    """What a pass begins with: the rates are set anew from the first training examples."""
    answer = functools.partial(outputs, model)

    @jax.jit
    def renew(params: Any, images: jax.Array) -> Any:
        return jax.vmap(lambda p: newton_rates(answer, p, images, config.learning_rate, config.mu))(params)

    def begin(state: TrainState, digits: Split) -> TrainState:
        return dataclasses.replace(state, opt_state=renew(state.params, digits.images[: config.curvature_examples]))

    return begin


def programs(config: Config, data: Dataset) -> dict[str, jax.stages.Lowered]:
    """The step and the evaluation of one seed."""
    model = network(config)
    state = jax.eval_shape(functools.partial(_first_state, model), jax.random.key(0)[None])
    batch = jax.tree.map(lambda a: a[0], in_order(len(data.train.labels), 1, 0, 1))
    example = jax.tree.map(lambda a: jnp.asarray(a[0]), data.test)
    return {
        "step": lower_step(_step(model), state, batch, data.train),
        "evaluation": jax.jit(functools.partial(measure, model)).lower(state.params, example),
    }


def run(config: Config, keys: jax.Array, data: Dataset, out: Run, max_steps: int | None = None) -> Measurements:
    """Trains a network a key on the digits, and as a control one on shuffled labels; and the classical methods.

    Quantities: test_error and train_error in %, test_mse and train_mse, and with _shuffled those of the control;
    nearest_1_misses, nearest_3_misses and least_squares_misses of the test set, nearest_1_error in %; the counts of the
    network: weights, connections, macs, units.
    """
    if config.curvature_examples > len(data.train.labels):
        raise BadConfig(f"curvature_examples = {config.curvature_examples}: of {len(data.train.labels)} digits")
    model = network(config)
    examples = len(data.train.labels)
    segment, begin = compile_segment(_step(model)), _begin(config, model)
    evaluate = compile_evaluation(functools.partial(measure, model), batch=500)
    order = jax.random.permutation(jax.random.fold_in(keys[0], 1), examples)
    shuffled = data.train._replace(labels=jnp.asarray(data.train.labels)[order])

    def trained(name: str, digits: Split) -> tuple[TrainState, dict[str, np.ndarray]]:
        def validate(state: TrainState) -> dict[str, float]:
            splits = (("train", data.train), ("test", data.test))
            return {
                f"{split}_{q}": float(v.mean()) for split, d in splits for q, v in evaluate(state.params, d).items()
            }

        state = train(
            segment,
            _first_state(model, keys),
            lambda start, steps: in_order(examples, 1, start, steps),
            digits,
            steps=min(config.passes * examples, max_steps or config.passes * examples),
            segment_steps=examples,
            out=out,
            name=name,
            begin=begin,
            validate=validate,
        )
        on_train, on_test = evaluate(state.params, data.train), evaluate(state.params, data.test)
        measured = {"train_error": 100 * on_train["error"], "test_error": 100 * on_test["error"]}
        return state, measured | {"train_mse": on_train["mse"], "test_mse": on_test["mse"]}

    state, measured = trained("network", data.train)
    _, control = trained("control", shuffled)
    first = jax.tree.map(lambda leaf: leaf[0], state.params)
    figures.draw(out, first, functools.partial(outputs, model), data.test)
    return measured | {f"{q}_shuffled": v for q, v in control.items()} | classical(data) | counts(model)


def reader(config: Config) -> Reader:
    """How a trained network reads pictures: the ink as large as the image, as in the set."""
    answer = functools.partial(outputs, network(config))
    return Reader(
        "network", (16, 16), lambda params, images: jax.vmap(lambda x: answer(params, 2 * x - 1))(images), box=16
    )


def classical(data: Dataset) -> dict[str, np.ndarray]:
    """Errors on the test set of nearest neighbours and of least squares on targets of +-1, in examples."""
    x, t = (np.asarray(split.images).reshape(len(split.images), -1) for split in data)
    labels = np.asarray(data.test.labels)
    targets = 2.0 * np.eye(CLASSES)[np.asarray(data.train.labels)] - 1
    fitted = linear.with_ones(t) @ linear.least_squares(x, targets)
    answers = {"least_squares": fitted.argmax(axis=1)}
    for k in (1, 3):
        voted = neighbours.classify(jnp.asarray(x), jnp.asarray(data.train.labels), jnp.asarray(t), k, CLASSES)
        answers[f"nearest_{k}"] = voted
    misses = {f"{name}_misses": np.array([(answer != labels).sum()]) for name, answer in answers.items()}
    return misses | {"nearest_1_error": 100 * misses["nearest_1_misses"] / len(labels)}


def counts(model: lenet1989.LeNet1989) -> dict[str, np.ndarray]:
    """Free parameters, connections, MACs and units (the 256 pixels included) of the network."""
    found = layers(model, (16, 16))
    totals = {
        name: sum(getattr(layer, name) for layer in found) for name in ("weights", "connections", "macs", "units")
    }
    totals["units"] += 256
    return {name: np.array([total]) for name, total in totals.items()}
