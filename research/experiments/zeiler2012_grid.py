"""The settings of Zeiler's tables 1 and 2, and the program that trains many of them without coming back to the host."""

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, ArrayLike, Float, Int, Key

from research.models import mlp
from research.optimizers import adadelta, adagrad, gradient_descent, momentum
from research.training.devices import Segment, distribute
from research.training.state import Batch, TrainState, create_state
from research.training.step import Metrics, Reduce, Step

RATES = (1e0, 1e-1, 1e-2, 1e-3, 1e-4)
RHOS = (0.9, 0.95, 0.99)
EPSILONS = (1e-2, 1e-4, 1e-6, 1e-8)

TABLE_1 = {
    "sgd": (2.26, 2.51, 7.02, 17.01, 58.10),
    "momentum": (89.68, 2.03, 2.68, 6.98, 16.98),
    "adagrad": (43.76, 2.82, 1.79, 5.21, 12.59),
}
"""Rule -> the paper's test errors in %, one a rate of `RATES`."""
TABLE_2 = {0.9: (2.59, 2.05, 1.90, 2.29), 0.95: (2.58, 1.99, 1.83, 2.13), 0.99: (2.32, 2.28, 2.05, 2.00)}
"""rho -> the paper's test errors in %, one an eps of `EPSILONS`."""

RULES: dict[str, Callable[..., optax.GradientTransformation]] = {
    "sgd": gradient_descent,
    "momentum": momentum,
    "adagrad": lambda learning_rate: adagrad(learning_rate),  # l1 stays 0, and is no value of a member
    "adadelta": lambda rho, eps: adadelta(1.0, rho, eps),
}
"""The four rules; the arguments are the values that differ from member to member."""


class Setting(NamedTuple):
    """One cell of the tables, or the control of a rule.

    Args:
        name: name of the quantity.
        values: the rule's values, by name.
        paper: the paper's test error in %.
        shuffled: whether it learns shuffled labels.
    """

    name: str
    values: Mapping[str, float]
    paper: float
    shuffled: bool = False


def power(value: float) -> str:
    """A number as the tables write it: 0.01 is "1e-2"."""
    mantissa, exponent = f"{value:.6e}".split("e")
    return f"{float(mantissa):g}e{int(exponent)}"


def cells(rule: str, mu: float) -> tuple[Setting, ...]:
    """The cells of a rule, in the order of the tables: `sgd_1e-1`, and `adadelta_95_1e-6` by rho and eps."""
    if rule == "adadelta":
        return tuple(
            Setting(f"adadelta_{100 * rho:.0f}_{power(eps)}", {"rho": rho, "eps": eps}, paper)
            for rho, errors in TABLE_2.items()
            for eps, paper in zip(EPSILONS, errors, strict=True)
        )
    more = {"mu": mu} if rule == "momentum" else {}
    return tuple(
        Setting(f"{rule}_{power(rate)}", {"learning_rate": rate, **more}, paper)
        for rate, paper in zip(RATES, TABLE_1[rule], strict=True)
    )


def settings(rule: str, mu: float) -> tuple[Setting, ...]:
    """The cells of a rule, and its control: the cell that is best in the paper, with shuffled labels."""
    found = cells(rule, mu)
    best = min(found, key=lambda cell: cell.paper)
    return (*found, best._replace(name=f"{rule}_shuffled", shuffled=True))


def optimizer(rule: str, mu: float) -> optax.GradientTransformation:
    """The rule with its values in the state, as arrays: one program serves all its settings."""
    return optax.inject_hyperparams(RULES[rule])(**cells(rule, mu)[0].values)


class Members(NamedTuple):
    """What is trained side by side.

    Args:
        settings: one a member.
        seeds: number of the seed of each member.
    """

    settings: tuple[Setting, ...]
    seeds: np.ndarray

    @property
    def values(self) -> dict[str, np.ndarray]:
        """The rule's values by name, one a member."""
        names = self.settings[0].values
        return {name: np.array([setting.values[name] for setting in self.settings], np.float32) for name in names}


def members(found: tuple[Setting, ...], seeds: int, chunk: int) -> list[Members]:
    """All settings of seed 0, then of seed 1, ..., in equal parts of at most `chunk`, so that all fit one program."""
    all_settings, numbers = found * seeds, np.repeat(np.arange(seeds), len(found))
    size = max(size for size in range(1, chunk + 1) if len(numbers) % size == 0)
    parts = [slice(start, start + size) for start in range(0, len(numbers), size)]
    return [Members(all_settings[part], numbers[part]) for part in parts]


@functools.partial(jax.jit, static_argnames="rule")
def first_state(
    weights: mlp.Layers,
    keys: Key[Array, " seeds"],
    seeds: Int[ArrayLike, " members"],
    values: Mapping[str, Float[ArrayLike, " members"]],
    rule: optax.GradientTransformation,
) -> TrainState:
    """The members before their first step.

    Args:
        weights: first weights of each seed, (seeds, ...): those of a seed are the same whatever the rule.
        keys: key of each seed.
        seeds: number of the seed of each member.
        values: the rule's values of each member.
        rule: as `optimizer` makes it.
    """

    def one(params: mlp.Layers, key: Key[Array, ""], values: Any) -> TrainState:
        state = create_state(params, rule, key)
        return dataclasses.replace(state, opt_state=state.opt_state._replace(hyperparams=values))

    own = jax.tree.map(lambda leaf: leaf[jnp.asarray(seeds)], (weights, keys))
    return jax.vmap(one)(own[0], own[1], values)


def compile_members(step: Step) -> Segment:
    """A segment that takes its members one after another, each through all steps; the state handed in is given up.

    On a CPU it needs about a tenth less time than a `vmap` over the members (products of stacks of weights), or than
    taking them in turn at every step. Returns as `compile_segment`, with batches (steps, members, examples).
    """
    return distribute(functools.partial(one_by_one, step), "jit", donate=True)


def one_by_one(step: Step, state: Any, batches: Batch, data: Any, *, reduce: Reduce) -> tuple[Any, Metrics]:
    """The segment that `compile_members` compiles; the metrics are (steps, members)."""

    def steps(member: tuple[Any, Batch]) -> tuple[Any, Metrics]:
        return jax.lax.scan(lambda s, batch: step(s, batch, data, reduce=reduce), *member)

    state, metrics = jax.lax.map(steps, (state, _swapped(batches)))
    return state, _swapped(metrics)


def _swapped(tree: Any) -> Any:
    return jax.tree.map(lambda array: jnp.swapaxes(array, 0, 1), tree)
