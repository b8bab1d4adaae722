"""What each way of differentiating costs as networks grow wide and deep: the exponents of N, N^2 and w^4."""

import dataclasses
import itertools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from research.autodiff import modes, paths
from research.autodiff.cost import cost
from research.autodiff.exponents import Exponent, exponent
from research.autodiff.paths import Graph
from research.claims import Measurements, Run
from research.experiments import BadConfig, require_positive
from research.experiments import modes_by_width_and_depth_figures as figures
from research.experiments import modes_by_width_and_depth_networks as networks
from research.experiments.modes_by_width_and_depth_networks import Dense, Local, Size

MODES = {"forward": modes.forward_batched, "differences": modes.central_differences, "reverse": modes.reverse_batched}
FEWEST = 3  # sizes of a line with an interval
Exponents = dict[str, Exponent]


@dataclasses.dataclass(frozen=True)
class Config:
    """Sizes of the networks.

    Lower-order terms bend the lines: a cost a n^p + b n^(p-1) has the local exponent p - b / (a n + b).

    Args:
        widths: units a layer of the network with bounded fan-in, ascending.
        layers: its layers.
        fan_in: units that each of its units reads.
        chain_lengths: units of the chain, ascending.
        dense_widths: units a layer of the network that is differentiated in all weights, ascending.
        dense_layers: its layers of weights.
        deep_width: units a layer of the network that grows deep.
        deep_layers: its layers of weights, ascending.
        path_width: units a layer of the networks whose paths are counted.
        path_fan_in: units that each reads where it does not read all.
        path_layers: most layers of edges of these.
        confidence: of the intervals of the exponents.

    Raises:
        BadConfig: fewer than three sizes or not ascending; fewer than two layers; a fan-in above the width; a
            confidence outside (0, 1).
    """

    widths: tuple[int, ...] = (16, 32, 64, 128)
    layers: int = 4
    fan_in: int = 3
    chain_lengths: tuple[int, ...] = (16, 32, 64, 128)
    dense_widths: tuple[int, ...] = (24, 32, 48, 64)
    dense_layers: int = 3
    deep_width: int = 8
    deep_layers: tuple[int, ...] = (16, 24, 40, 64)
    path_width: int = 8
    path_fan_in: int = 3
    path_layers: int = 16
    confidence: float = 0.95

    def __post_init__(self) -> None:
        """Refuses sizes without a line."""
        require_positive(self, *(field.name for field in dataclasses.fields(self)))
        for name in ("widths", "chain_lengths", "dense_widths", "deep_layers"):
            sizes = getattr(self, name)
            if len(sizes) < FEWEST or any(b <= a for a, b in itertools.pairwise(sizes)):
                raise BadConfig(f"{name} = {sizes}: must be {FEWEST} sizes or more, ascending")
        for name in ("layers", "chain_lengths", "dense_layers", "deep_layers", "path_layers"):
            if np.min(getattr(self, name)) < 2:
                raise BadConfig(f"{name} = {getattr(self, name)}: must be 2 or more")
        for name, width in (("fan_in", self.widths[0]), ("path_fan_in", self.path_width)):
            if getattr(self, name) > width:
                raise BadConfig(f"{name} = {getattr(self, name)}: must be at most the width, {width}")
        if self.confidence >= 1:
            raise BadConfig(f"confidence = {self.confidence}: must be below 1")


def rows(config: Config) -> dict[str, tuple[tuple[int, ...], list[Size]]]:
    """Of each way to grow the sizes that are drawn as its axis, and the networks."""
    return {
        "width": (
            tuple(w * config.layers for w in config.widths),
            [Local(w, config.layers, config.fan_in) for w in config.widths],
        ),
        "chain": (config.chain_lengths, [Local(1, n, 1) for n in config.chain_lengths]),
        "dense": (config.dense_widths, [Dense(w, config.dense_layers) for w in config.dense_widths]),
        "depth": (config.deep_layers, [Dense(config.deep_width, d) for d in config.deep_layers]),
    }


def needs(config: Config) -> tuple[str, ...]:
    """Names of the data sets read: none, everything is made."""
    return ()


def load(config: Config) -> dict[str, Array]:
    """No data."""
    return {}


synthetic = load


def differentiated(size: Size, mode: modes.Mode) -> Callable[..., Array]:
    """The Jacobian of a network of this size in its first argument, of all its arguments."""
    f = networks.program(size)
    return lambda x, *rest: mode(lambda x: f(x, *rest), x)


def arguments(size: Size) -> list[jax.ShapeDtypeStruct]:
    """What a network of this size takes, as shapes: nothing is computed where operations are counted."""
    return [jax.ShapeDtypeStruct(shape, jnp.float32) for shape in size.shapes()]


def programs(config: Config, data: dict[str, Array]) -> dict[str, jax.stages.Lowered]:
    """Forward and reverse mode of the largest network of each row."""
    return {
        f"{row} {name}": jax.jit(differentiated(sizes[-1], MODES[name])).lower(*arguments(sizes[-1]))
        for row, (_, sizes) in rows(config).items()
        for name in ("forward", "reverse")
    }


def run(config: Config, keys: Array, data: dict[str, Array], out: Run, max_steps: int | None = None) -> Measurements:
    """Measures every claim; `max_steps` cuts the sizes of a row, to no fewer than a line needs."""
    few = slice(None if max_steps is None else max(FEWEST, max_steps))
    grown = {row: (axis[few], sizes[few]) for row, (axis, sizes) in rows(config).items()}
    counted: dict[str, dict[str, list[int]]] = {}
    with out.progress("modes by width and depth", len(grown) + 1) as advance:
        for row, (_, sizes) in grown.items():
            counted[row] = operations(sizes)
            advance(1, row)
        measured: dict[str, Any] = agreement(keys)
        advance(1, "agreement")
    fitted: Exponents = {
        f"{row}_{name}": exponent(axis, counted[row][name], config.confidence)
        for row, (axis, _) in grown.items()
        for name in counted[row]
        if name != "value"
    }
    for name, (value, low, high) in fitted.items():
        out.log(exponent=name, value=value, low=low, high=high)
    out.figure("operations", figures.operations({row: axis for row, (axis, _) in grown.items()}, counted, fitted))
    path_counts = networks.paths_by_depth(config.path_width, config.path_fan_in, config.path_layers)
    out.figure("paths", figures.paths(path_counts, config.path_width, config.path_fan_in))
    measured |= {name: value for name, (value, _, _) in fitted.items()}
    measured |= summary(grown, counted, fitted) | {
        "paths": path_counts.full[-1],
        "path_mismatches": networks.path_mismatches(path_counts, config.path_width, config.path_fan_in),
    }
    return {name: np.atleast_1d(np.asarray(value, float)) for name, value in measured.items()}


def operations(sizes: list[Size]) -> dict[str, list[int]]:
    """Of each size the multiplications on the graph and the operations of the lowered program, by method."""
    found: dict[str, list[int]] = {}
    for size in sizes:
        one = {f"{name}_graph": number for name, number in networks.count(networks.structure(size)).items()}
        for name, mode in MODES.items():
            one[f"{name}_lowered"] = cost(differentiated(size, mode), *arguments(size)).operations
        one["value"] = cost(networks.program(size), *arguments(size)).operations
        for name, number in one.items():
            found.setdefault(name, []).append(number)
    return found


def summary(
    grown: dict[str, Any], counted: dict[str, dict[str, list[int]]], fitted: Exponents
) -> dict[str, float | int]:
    """What is asked of all rows at once: hand formulas, width of the intervals, and a sweep over an evaluation."""
    by_hand = [
        (counted[row][f"{name}_graph"][i], number)
        for row, (_, sizes) in grown.items()
        for i, size in enumerate(sizes)
        for name, number in size.counts().items()
    ]
    half = {name: (fit.high - fit.low) / 2 for name, fit in fitted.items()}
    no_power = half.pop("depth_paths_graph")
    value = {
        name: {row: fitted[f"{row}_{name}"].value for row in grown}
        for name in (*(f"{mode}_lowered" for mode in MODES), *(f"{mode}_graph" for mode in MODES))
    }
    over = {
        mode: [np.divide(counts[f"{mode}_lowered"], counts["value"]) for counts in counted.values()] for mode in MODES
    }
    return {
        "hand_mismatches": sum(a != b for a, b in by_hand),
        "widest_interval": max(half.values()),
        "interval_of_paths": no_power,
        "lowered_from_graph": max(_apart(value[f"{mode}_lowered"], value[f"{mode}_graph"]) for mode in MODES),
        "forward_from_reverse": _apart(value["forward_lowered"], value["reverse_graph"]),
        "reverse_over_value": max(ratios.max() for ratios in over["reverse"]),
        "forward_over_value": min(ratios[-1] for ratios in over["forward"]),
    }


def _apart(a: dict[str, float], b: dict[str, float]) -> float:
    return max(abs(a[row] - b[row]) for row in a)


def agreement(keys: Array) -> dict[str, list[float]]:
    """Largest difference of any two methods' derivatives over the largest derivative, in float64; a value a seed.

    The control leaves one edge out of the graph.
    """
    with jax.enable_x64(True):
        found = np.array([_disagreements(size, keys) for size in SMALL])
    return {
        "disagreement": found[..., 0].max(axis=0).tolist(),
        "disagreement_without_an_edge": found[..., 1].min(axis=0).tolist(),
    }


SMALL = (Local(3, 4, 2), Dense(3, 3))
"""Networks whose paths are walked one by one."""


def _disagreements(size: Size, keys: Array) -> list[list[float]]:
    jacobians = jax.jit(lambda *values: [differentiated(size, MODES[name])(*values) for name in ("forward", "reverse")])
    found = []
    for key in keys:
        numbers = np.random.default_rng(np.asarray(jax.random.key_data(key)))
        values = [numbers.normal(size=shape) for shape in size.shapes()]
        exact = [np.asarray(jacobian) for jacobian in jacobians(*values)]
        found.append([_spread(networks.graph(size, values), exact, left_out) for left_out in (0, 1)])
    return found


def _spread(whole: Graph, jacobians: list[np.ndarray], left_out: int) -> float:
    cut = Graph(whole.nodes, whole.edges[left_out:], whole.inputs, whole.outputs)
    walked = [method(cut).jacobian for method in (paths.along_paths, paths.forward, paths.reverse)]
    return float(np.ptp(np.stack([*walked, *jacobians]), axis=0).max() / np.abs(jacobians[0]).max())
