"""The five steps of Karpathy 2022 as recipes: network, rule, loss and passes, with their numbers."""

import dataclasses
from collections.abc import Callable
from typing import Any, Literal, NamedTuple, get_args

import jax
import jax.numpy as jnp
import optax

from research.experiments import BadConfig, require_positive
from research.losses import cross_entropy, mean_squared_error
from research.models.lenet1989 import LeNet1989
from research.optimizers import gradient_descent

CLASSES = 10
Step = Literal["repro", "cross_entropy", "adamw", "shift", "modern"]
STEPS: tuple[Step, ...] = get_args(Step)


@dataclasses.dataclass(frozen=True)
class Config:
    """The digits and the five steps, each of which keeps what the one before brought.

    Every number is Karpathy's (2022, repro.py and modern.py); nothing is chosen here.

    Args:
        data: mnist, made smaller as his prepro.py does, or zip, the digits of 1989, which he did not have.
        examples: of train and test that are taken: chosen from mnist, of zip the first in the file's order.
        steps: which steps are measured. repro: tanh, mean squared error, gradient descent; cross_entropy: softmax in
            the place of the last tanh; adamw: AdamW; shift: each image moved at random; modern: ReLU and dropout.
        passes: passes through the training set of repro, cross_entropy, adamw, shift and modern.
        squared_error_rate: learning rate of repro.
        cross_entropy_rate: learning rate of cross_entropy.
        adamw_rates: AdamW's learning rate in the first and in the last pass, linear in between.
        weight_decay: of AdamW (PyTorch's default), times the learning rate.
        shift: pixels by which an image moves at most along each axis, from shift on; what leaves comes in opposite.
        dropout: share of the units of H2 dropped before H3, in modern.
    """

    data: Literal["mnist", "zip"] = "mnist"
    examples: tuple[int, int] = (7291, 2007)
    steps: tuple[Step, ...] = STEPS
    passes: tuple[int, int, int, int, int] = (23, 23, 46, 60, 80)
    squared_error_rate: float = 0.03
    cross_entropy_rate: float = 0.01
    adamw_rates: tuple[float, float] = (3e-4, 1e-4)
    weight_decay: float = 0.01
    shift: int = 1
    dropout: float = 0.25

    def __post_init__(self) -> None:
        """Checks the fields."""
        require_positive(
            self, "examples", "passes", "squared_error_rate", "cross_entropy_rate", "adamw_rates", "weight_decay"
        )
        if not self.steps or len(set(self.steps)) < len(self.steps):
            raise BadConfig(f"steps = {self.steps}: at least one, each once")
        if not 0 <= self.dropout < 1:
            raise BadConfig(f"dropout = {self.dropout}: must be at least 0 and below 1")
        if not 0 <= self.shift < 16:
            raise BadConfig(f"shift = {self.shift}: must be 0 to 15")


class Recipe(NamedTuple):
    """What one step trains, with what and for how long.

    Args:
        network: the network.
        optimizer: the rule.
        squared: mean squared error with targets of +-1, else cross-entropy.
        shift: pixels by which an image moves at most.
        bias: first bias of the ten outputs.
        passes: passes through the training set.
    """

    network: LeNet1989
    optimizer: optax.GradientTransformation
    squared: bool
    shift: int
    bias: float
    passes: int


def recipe(config: Config, step: Step, examples: int) -> Recipe:
    """The recipe of a step for so many training examples."""
    number, passes = STEPS.index(step), dict(zip(STEPS, config.passes, strict=True))[step]
    shift, dropout = config.shift, config.dropout
    last = step == "modern"
    rules = {
        "repro": gradient_descent(config.squared_error_rate),
        "cross_entropy": gradient_descent(config.cross_entropy_rate),
    }
    decayed = optax.adamw(decay(config.adamw_rates, passes, examples), weight_decay=config.weight_decay)
    return Recipe(
        network=LeNet1989(
            scheme="thirds",
            activation="relu" if last else "tanh",
            spread="root_fan_in",
            logits=number > 0,
            dropout=dropout if last else 0.0,
        ),
        optimizer=rules.get(step, decayed),
        squared=number == 0,
        shift=shift if step in ("shift", "modern") else 0,
        bias=-1.0 if number == 0 else 0.0,
        passes=passes,
    )


def decay(rates: tuple[float, float], passes: int, examples: int) -> Callable[[Any], jax.Array]:
    """Learning rate of a step's number: one rate a pass, from the first to the last linearly over the passes."""

    def rate(step: Any) -> jax.Array:
        share = (step // examples) / max(passes - 1, 1)
        return (1 - share) * rates[0] + share * rates[1]

    return rate


def shifted(key: jax.Array, image: jax.Array, most: int) -> jax.Array:
    """The image moved by -most to most pixels along each axis, each number alike; what leaves comes in opposite."""
    return jnp.roll(image, jax.random.randint(key, (2,), -most, most + 1), (0, 1))


def loss(step: Recipe, params: Any, example: Any, key: jax.Array) -> jax.Array:
    """What the step makes small, for one example, moved and with units dropped where the step does so."""
    moved, dropped = jax.random.split(key)
    image = shifted(moved, example.images, step.shift) if step.shift else example.images
    answer: Any = step.network.apply({"params": params}, image, rngs={"dropout": dropped})
    if step.squared:
        return mean_squared_error(answer, 2 * jax.nn.one_hot(example.labels, CLASSES) - 1)
    return cross_entropy(answer, example.labels)
