"""Zeiler 2012: the test errors of four rules over decades of their constants, on MNIST (tables 1 and 2)."""

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

import research.data
from research.claims import Measurements, Run
from research.data import Dataset, Split, noise
from research.experiments import BadConfig, require_positive
from research.experiments import zeiler2012_figures as figures
from research.experiments import zeiler2012_grid as grid
from research.losses import cross_entropy
from research.metrics import is_error
from research.models import mlp
from research.training.batches import shuffled
from research.training.evaluation import Evaluation, compile_batch_evaluation
from research.training.loop import train
from research.training.state import Batch, TrainState
from research.training.step import Step, batch_gradient_step, freeze_nonfinite, identity

CLASSES = 10
PIXELS = 28 * 28
TRIAL = 1000
"""Digits of each split, at most, that a run of a few steps keeps; its hidden layers have at most a fiftieth of it."""


@dataclasses.dataclass(frozen=True)
class Config:
    """The network and how long it learns; the constants of the rules are those of the paper's tables.

    Args:
        hidden: units of the hidden layers (Zeiler 2012, section 4.1: 500 and 300).
        passes: passes through the training set (ibid.: 6).
        batch: digits a step (ibid.: 100).
        momentum: share of the step before, in the column of momentum; not in the paper; 0.9 is the usual one.
        chunk: networks in memory at a time, at most: all that one program trains. It changes no result.
    """

    hidden: tuple[int, int] = (500, 300)
    passes: int = 6
    batch: int = 100
    momentum: float = 0.9
    chunk: int = 18

    def __post_init__(self) -> None:
        """Checks the fields."""
        require_positive(self, "hidden", "passes", "batch", "momentum", "chunk")
        if self.momentum >= 1:
            raise BadConfig(f"momentum = {self.momentum}: must be below 1")


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


def logits(params: Any, images: jax.Array) -> jax.Array:
    """Ten logits for each image, (n, 10): rectified hidden units, pixels in [0, 1]."""
    return jax.vmap(mlp.apply, in_axes=(None, 0))(params, images.reshape(-1, PIXELS).astype(jnp.float32) / 255)


def losses(params: Any, examples: Split, keys: jax.Array) -> jax.Array:
    """Cross-entropy of each example, (n,)."""
    del keys
    return jax.vmap(cross_entropy)(logits(params, examples.images), examples.labels)


def measure(params: Any, examples: Split) -> dict[str, jax.Array]:
    """Error (0 or 1) of each example for each of a stack of networks, (n, networks)."""

    def one(params: Any) -> jax.Array:
        return jax.vmap(is_error)(logits(params, examples.images), examples.labels)

    return {"error": jax.lax.map(one, params).T}


def step_of(optimizer: optax.GradientTransformation) -> Step:
    """The step of one member, which freezes where it diverges."""
    return freeze_nonfinite(functools.partial(batch_gradient_step, losses=losses, optimizer=optimizer))


@functools.partial(jax.jit, static_argnums=0)
@functools.partial(jax.vmap, in_axes=(None, 0))
def first_weights(hidden: tuple[int, ...], key: jax.Array) -> mlp.Layers:
    """First weights of a key: normal with variance 2 / F, F the fan-in; of several keys stacked."""
    return mlp.init(key, (PIXELS, *hidden, CLASSES))


def programs(config: Config, data: Dataset) -> dict[str, jax.stages.Lowered]:
    """A step of each rule, for one member, and the evaluation."""
    keys = jax.random.key(0)[None]
    batch = jax.tree.map(lambda a: a[:, None], shuffled(keys[0], len(data.train.labels), config.batch, 0, 1))
    weights = jax.eval_shape(functools.partial(first_weights, config.hidden), keys)
    lowered = {}
    for rule in grid.RULES:
        part = grid.members(grid.cells(rule, config.momentum)[:1], 1, config.chunk)[0]
        optimizer = grid.optimizer(rule, config.momentum)
        first = functools.partial(grid.first_state, rule=optimizer)
        state = jax.eval_shape(first, weights, keys, part.seeds, part.values)
        segment = functools.partial(grid.one_by_one, step_of(optimizer), reduce=identity)
        lowered[f"{rule} step"] = jax.jit(segment).lower(state, batch, data.train)
        some = jax.tree.map(lambda a: jnp.asarray(a[:100]), data.test)
        lowered["evaluation"] = jax.jit(measure).lower(state.params, some)
    return lowered


def run(config: Config, keys: jax.Array, data: Dataset, out: Run, max_steps: int | None = None) -> Measurements:
    """Trains a network for every cell of both tables and every key, and one a rule on shuffled labels.

    Quantities: for each cell, such as sgd_1e-1 and adadelta_95_1e-6, the test error in % after the last pass; of a
    member that froze it is that of its last finite weights. With _stopped the step (from 0) whose result was not
    finite, -1 where there was none. {sgd, momentum, adagrad, adadelta}_shuffled, the error of the paper's best setting
    given shuffled labels. best_RULE, the cell of the rule with the lowest mean; spread_RULE, and spread_adadelta_RHO
    over eps, the largest error over the smallest, seed by seed.

    With `max_steps` the digits are the first 1,000 of each split, and hidden layers have at most 20 units.
    """
    if max_steps is not None:
        data = jax.tree.map(lambda array: array[:TRIAL], data)
        config = dataclasses.replace(config, hidden=tuple(min(units, TRIAL // 50) for units in config.hidden))
    both = with_shuffled(data.train)
    evaluate = compile_batch_evaluation(measure, batch=min(1000, len(data.test.labels)), runner="jit")
    weights = first_weights(config.hidden, keys)
    measured: dict[str, np.ndarray] = {}
    for rule in grid.RULES:
        measured |= trained(rule, config, keys, weights, both, data.test, evaluate, out, max_steps)
    measured |= summaries(measured, 100 / len(data.test.labels))
    figures.draw(out, measured, -(-len(data.train.labels) // config.batch))
    return measured


def with_shuffled(digits: Split) -> Split:
    """The digits, and after them the same images with the labels shuffled: (2 n, 28, 28) and (2 n,)."""
    mixed = np.random.default_rng(0).permutation(digits.labels)
    return Split(np.concatenate([digits.images] * 2), np.concatenate([digits.labels, mixed]))


def trained(
    rule: str,
    config: Config,
    keys: jax.Array,
    weights: mlp.Layers,
    both: Split,
    test: Split,
    evaluate: Evaluation,
    out: Run,
    max_steps: int | None,
) -> dict[str, np.ndarray]:
    """Test error in % and step of freezing of every setting of a rule, one value a key."""
    examples = len(both.labels) // 2
    a_pass = -(-examples // config.batch)
    steps = config.passes * a_pass
    optimizer = grid.optimizer(rule, config.momentum)
    segment = grid.compile_members(step_of(optimizer))
    found = grid.settings(rule, config.momentum)
    errors, stopped = [], []
    for number, part in enumerate(grid.members(found, len(keys), config.chunk)):
        labels = [f"{setting.name} of seed {seed}" for setting, seed in zip(part.settings, part.seeds, strict=True)]

        def validate(state: TrainState, labels: list[str] = labels) -> dict[str, float]:
            return dict(zip(labels, evaluate(state.params, test)["error"].tolist(), strict=True))

        state = train(
            segment,
            grid.first_state(weights, keys, part.seeds, part.values, optimizer),
            functools.partial(batches, config, keys, part, examples),
            both,
            steps=min(steps, max_steps or steps),
            segment_steps=a_pass,
            out=out,
            name=f"{rule}_{number}",
            on_nonfinite="freeze",
            keep=1,
            validate=validate,
        )
        errors.append(100 * evaluate(state.params, test)["error"])
        stopped.append(np.asarray(state.stopped))
    by_seed = [np.concatenate(parts).reshape(len(keys), len(found)) for parts in (errors, stopped)]
    measured = {setting.name: by_seed[0][:, place] for place, setting in enumerate(found)}
    return measured | {f"{setting.name}_stopped": by_seed[1][:, place] for place, setting in enumerate(found)}


def batches(config: Config, keys: jax.Array, part: grid.Members, examples: int, start: int, steps: int) -> Batch:
    """Batches (steps, members, examples): the members of a seed see the same digits, in the seed's own order."""
    orders = jax.vmap(lambda key: shuffled(key, examples, config.batch, start, steps), out_axes=1)(keys)
    indices, mask = (np.asarray(array)[:, part.seeds] for array in (orders.indices, orders.mask))
    second = np.array([examples * setting.shuffled for setting in part.settings], np.int32)
    return Batch(indices=jnp.asarray(indices + second[:, None]), mask=jnp.asarray(mask))


def summaries(measured: Mapping[str, np.ndarray], least: float) -> dict[str, np.ndarray]:
    """The best cell of each rule and the spread of its cells; an error below `least`, one digit, counts as that."""
    tables = {rule: [cell.name for cell in grid.cells(rule, 0.0)] for rule in grid.RULES}
    found = {f"best_{rule}": min((measured[name] for name in names), key=np.mean) for rule, names in tables.items()}
    tables |= {
        f"adadelta_{100 * rho:.0f}": [name for name in tables["adadelta"] if f"_{100 * rho:.0f}_" in name]
        for rho in grid.RHOS
    }
    for table, names in tables.items():
        errors = np.maximum([measured[name] for name in names], least)
        found[f"spread_{table}"] = errors.max(axis=0) / errors.min(axis=0)
    return found
