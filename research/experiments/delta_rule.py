"""The delta rule by hand against `jax.grad`: on random architectures, and step by step while XOR is learned."""

import dataclasses
from collections.abc import Iterator
from typing import get_args

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Key

from research.autodiff.by_hand import Unit
from research.claims import Measurements, Run
from research.data import separable
from research.experiments import BadConfig, require_positive
from research.experiments import delta_rule_figures as figures
from research.experiments.delta_rule_rules import Course, Name, Problem, apart, compared, learn, relative
from research.models.mlp import Layers

OUTSIDE = {"logistic": 0.5, "tanh": 0.0}
"""What a unit gives that reads nothing."""


@dataclasses.dataclass(frozen=True)
class Config:
    """What is drawn and trained. Where no source is named the choice is ours.

    Args:
        architectures: random architectures a seed for each depth and each kind of unit.
        most_hidden: most hidden layers; every depth from 1 to it takes part.
        most_units: most units of a layer, and most inputs and outputs.
        examples: examples of each architecture.
        starts: first weights of XOR a seed.
        hidden: hidden units of the network for XOR; Rumelhart, Hinton & Williams 1986 (PDP 1, chapter 8): 2.
        rate: eta, > 0, for XOR; ibid.: .5.
        limit: first weights and biases of XOR are uniform in +- it.
        compared: sweeps, of four steps each, over which the weights by the rule and by the gradient are compared.
        sweeps: sweeps through the four rows of XOR, one row after another.
    """

    architectures: int = 3
    most_hidden: int = 4
    most_units: int = 12
    examples: int = 5
    starts: int = 20
    hidden: int = 2
    rate: float = 0.5
    limit: float = 0.5
    compared: int = 500
    sweeps: int = 6_000

    def __post_init__(self) -> None:
        """Refuses fields with which nothing can be measured: BadConfig names the field."""
        require_positive(self, *(field.name for field in dataclasses.fields(self)))
        if self.compared > self.sweeps:
            raise BadConfig(f"compared = {self.compared}: must be at most sweeps = {self.sweeps}")


def needs(config: Config) -> tuple[str, ...]:
    """Names of the data sets read: none, everything is made."""
    return ()


def load(config: Config) -> dict[str, np.ndarray]:
    """The truth table of XOR: "x" (4, 2) and "targets" (4, 1)."""
    x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    return {"x": x, "targets": x.sum(axis=1, keepdims=True) % 2}


synthetic = load


def programs(config: Config, data: dict[str, np.ndarray]) -> dict[str, jax.stages.Lowered]:
    """All rules on the deepest architectures, and the rule by hand on XOR; lowered, not compiled."""
    with jax.enable_x64(True):
        keys = jax.random.key(0)[None]
        changes = jax.jit(compared, static_argnums=(1, 2))
        lowered = {
            unit: changes.lower(architectures(config, keys, unit, config.most_hidden), unit, config.rate)
            for unit in get_args(Unit)
        }
        x, t = jnp.asarray(data["x"]), jnp.asarray(data["targets"])
        return lowered | {
            "xor": learn.lower("by_hand", starts(config, keys)[0], x, t, config.rate, config.sweeps, config.compared)
        }


def run(
    config: Config, keys: Array, data: dict[str, np.ndarray], out: Run, max_steps: int | None = None
) -> Measurements:
    """Measures every claim about the delta rule, in float64; `max_steps` cuts depths and the sweeps through XOR."""
    sweeps, hidden = (min(count, max_steps or count) for count in (config.sweeps, config.most_hidden))
    found: list[dict[str, np.ndarray]] = []
    with jax.enable_x64(True), out.progress("delta rule", 2 * hidden + 1) as advance:
        for unit, depth in kinds(hidden):
            problem = architectures(config, keys, unit, depth)
            changes = compared(problem, unit, config.rate)
            found.append({name: relative(*pair).reshape(len(keys), -1) for name, pair in changes.items()})
            advance(1, f"{unit}, {depth} hidden layers")
        measured = exclusive_or(config, keys, data, sweeps, out)
        advance(1, "XOR")
    for name in found[0]:
        values = np.concatenate([row[name] for row in found], axis=1)
        measured |= {f"largest_{name}": values.max(axis=1), f"smallest_{name}": values.min(axis=1)}
    return measured


def kinds(most_hidden: int) -> Iterator[tuple[Unit, int]]:
    """Each kind of unit with each number of hidden layers."""
    return ((unit, depth) for unit in get_args(Unit) for depth in range(1, most_hidden + 1))


def architectures(config: Config, keys: Key[Array, " seeds"], unit: Unit, depth: int) -> Problem:
    """Networks of `depth` hidden layers with random sizes, weights, examples and targets: `architectures` a seed.

    All have `most_units` in each layer, so that they share a program: those that an architecture lacks have no weights,
    an input of 0, or the target that they give anyway, so that nothing flows through them in either direction.
    """
    units, outside = config.most_units, OUTSIDE[unit]

    def one(random: np.random.Generator) -> Problem:
        held = np.arange(units) < random.integers(1, units + 1, size=(depth + 2, 1))
        drawn = random.standard_normal((depth + 1, units + 1, units)) / units**0.5
        layers = [
            {"weights": w[1:] * np.outer(below, above), "biases": w[0] * above}
            for w, below, above in zip(drawn, held[:-1], held[1:], strict=True)
        ]
        x = random.standard_normal((config.examples, units)) * held[0]
        targets = np.where(held[-1], random.uniform(size=x.shape), outside)
        return Problem(layers, jnp.asarray(x), jnp.asarray(targets))

    drawn = [separable.generator(jax.random.fold_in(key, depth)) for key in keys]
    members = [one(random) for random in drawn for _ in range(config.architectures)]
    return jax.tree.map(lambda *parts: jnp.asarray(np.stack(parts)), *members)


def starts(config: Config, keys: Key[Array, " seeds"]) -> tuple[Layers, Layers]:
    """First weights for XOR, `starts` a seed, one after another; and the same with equal hidden units."""
    numbers = [
        separable.generator(key).uniform(-config.limit, config.limit, (config.starts, 4 * config.hidden + 1))
        for key in keys
    ]
    drawn = np.concatenate(numbers)
    hidden, output = drawn[:, : 3 * config.hidden].reshape(-1, 3, config.hidden), drawn[:, 3 * config.hidden :]

    def layers(hidden: np.ndarray, output: np.ndarray) -> Layers:
        return [
            {"weights": jnp.asarray(hidden[:, 1:]), "biases": jnp.asarray(hidden[:, 0])},
            {"weights": jnp.asarray(output[:, 1:, None]), "biases": jnp.asarray(output[:, :1])},
        ]

    same = output.copy()
    same[:, 1:] = output[:, 1:2]
    return layers(hidden, output), layers(np.repeat(hidden[..., :1], config.hidden, axis=2), same)


def exclusive_or(
    config: Config, keys: Array, data: dict[str, np.ndarray], sweeps: int, out: Run
) -> dict[str, np.ndarray]:
    """Differences of the weights while XOR is learned, worst over the starts of a seed, and how many starts learn it.

    Of the mistaken rules the mildest start counts. The control of learning starts from equal hidden units.
    """
    random, equal = starts(config, keys)
    both = jax.tree.map(lambda a, b: jnp.concatenate([a, b]), random, equal)
    kept = min(config.compared, sweeps)
    x, t = jnp.asarray(data["x"]), jnp.asarray(data["targets"])

    def course_of(rule: Name, start: Layers, sweeps: int) -> Course:
        return learn(rule, start, x, t, config.rate, sweeps, kept)

    exact, found = course_of("by_gradient", random, sweeps), course_of("by_hand", both, sweeps)
    paths = {"by_hand": jax.tree.map(lambda a: a[: len(a) // 2], found.path)}
    paths |= {mistake: course_of(mistake, random, kept).path for mistake in ("without_slope", "changed_first")}
    differences = {name: apart(path, exact.path) for name, path in paths.items()}
    right = np.all((np.asarray(found.outputs[:, -1]) > 0.5) == (data["targets"][:, 0] > 0.5), axis=1)
    by_gradient, by_rule = (
        0.5 * ((np.asarray(course.outputs) - data["targets"][:, 0]) ** 2).sum(axis=2) for course in (exact, found)
    )
    out.figure("xor", figures.xor(by_gradient, by_rule, differences, config.starts))
    worst = {name: d.max(axis=1).reshape(len(keys), -1) for name, d in differences.items()}
    return {
        "xor_difference": worst["by_hand"].max(axis=1),
        "xor_difference_without_slope": worst["without_slope"].min(axis=1),
        "xor_difference_changed_first": worst["changed_first"].min(axis=1),
        "xor_learnt": right[: len(right) // 2].reshape(len(keys), -1).mean(axis=1),
        "xor_learnt_equal_units": right[len(right) // 2 :].reshape(len(keys), -1).mean(axis=1),
    }
