"""Helmholtz energy of a mixed fluid: what its gradient costs in forward mode, in reverse mode and by differences.

Operations are counted on the lowered programs (`research.autodiff.cost`): they are exact and no clock enters. Times
are taken beside them, at a few sizes, and nothing is claimed of them: at these sizes a call is mostly its dispatch.

Source: Baydin, Pearlmutter, Radul & Siskind 2018, "Automatic differentiation in machine learning: a survey", JMLR 18,
the table of the Helmholtz energy; Griewank & Walther 2008, "Evaluating Derivatives", chapter 4.
"""

import dataclasses
import itertools
import math
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from research.autodiff.cost import cost
from research.autodiff.measured import measured
from research.autodiff.modes import central_differences, forward_batched
from research.claims import Measurements, Run
from research.data.separable import generator
from research.experiments import BadConfig, require_positive
from research.experiments import helmholtz_figures as figures

LARGEST = 1000  # components: their n tangents of n x n products still fit in memory
BAYDIN = {
    "n": (1, 8, 15, 22, 29, 36, 43, 50),
    "numerical": (1.08, 6.93, 12.17, 17.15, 19.87, 23.64, 25.67, 28.63),
    "forward": (1.34, 2.66, 3.55, 4.54, 4.77, 5.59, 6.40, 7.69),
    "reverse": (1.52, 2.16, 2.16, 2.31, 2.16, 2.07, 1.99, 1.96),
}
"""Time of the gradient over the time of f at the same n: Baydin et al. 2018, table; recalled."""


@dataclasses.dataclass(frozen=True)
class Config:
    """Where the gradient is counted, compared and timed.

    Args:
        sizes: numbers n of components, two or more, ascending, 1 to 1,000; Baydin et al. 2018: 1 to 50 by sevens.
        compared: the n at which the counts stand beside the paper's times, one of `sizes`; Baydin et al. 2018: 50.
        run_sizes: those n, of `sizes`, at which gradients are computed, in float64, and timed, in float32; ours.
        repeats: timed calls of a function, of which the median is taken; 1 to 1,000; ours.
    """

    sizes: tuple[int, ...] = (1, 8, 15, 22, 29, 36, 43, 50, 200)
    compared: int = 50
    run_sizes: tuple[int, ...] = (50, 200)
    repeats: int = 50

    def __post_init__(self) -> None:
        """Refuses fields with which nothing can be measured: BadConfig names the field and what is allowed."""
        require_positive(self, "sizes", "compared", "run_sizes", "repeats")
        ascends = all(a < b for a, b in itertools.pairwise(self.sizes))
        whole = len(self.sizes) > 1 and ascends and self.sizes[-1] <= LARGEST
        self._require("sizes", whole, f"two or more, ascending, 1 to {LARGEST:,}")
        self._require("compared", self.compared in self.sizes, f"one of sizes {self.sizes}")
        known = bool(self.run_sizes) and set(self.run_sizes) <= set(self.sizes)
        self._require("run_sizes", known, f"one or more of sizes {self.sizes}")
        self._require("repeats", self.repeats <= 1000, "1 to 1,000")

    def _require(self, field: str, met: bool, allowed: str) -> None:
        if not met:
            raise BadConfig(f"{field} = {getattr(self, field)}: must be {allowed}")


def energy(x: Float[Array, " n"], A: Float[Array, "n n"], b: Float[Array, " n"]) -> Float[Array, ""]:
    """Helmholtz energy of n components, with R T = 1.

    f(x) = sum_i x_i log(x_i / (1 - b'x)) - x'A x / (sqrt(8) b'x) log((1 + (1 + sqrt 2) b'x) / (1 + (1 - sqrt 2) b'x))

    Args:
        x: amounts, above 0.
        A: attraction between two components, A_ij > 0.
        b: volumes; 0 < b'x < 1.

    Source: Peng & Robinson 1976; Griewank 1989; Baydin et al. 2018.
    """
    root, volume = math.sqrt(2), b @ x
    mixing = jnp.sum(x * jnp.log(x / (1 - volume)))
    attraction = x @ (A @ x) / (math.sqrt(8) * volume)
    return mixing - attraction * jnp.log((1 + (1 + root) * volume) / (1 + (1 - root) * volume))


def operations_of_energy(n: int) -> int:
    """Operations of one f by hand: 2 n^2 + 8 n + 10.

    2 n^2 for A x; 2 n each for b'x and x'(A x); n divisions, logarithms and products, and n - 1 sums; the rest, on
    numbers, is 11.
    """
    return 2 * n**2 + 8 * n + 10


def reverse(x: Array, A: Array, b: Array) -> tuple[Array, Array]:
    """The value of f and its gradient, by one reverse sweep."""
    return jax.value_and_grad(energy)(x, A, b)


def forward(x: Array, A: Array, b: Array) -> Float[Array, " n"]:
    """The gradient, by n tangents in one forward sweep."""
    return forward_batched(lambda x: energy(x, A, b)[None], x)[0]


def numerical(x: Array, A: Array, b: Array) -> Float[Array, " n"]:
    """The gradient, by central differences: 2 n evaluations of f."""
    return central_differences(lambda x: energy(x, A, b)[None], x)[0]


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "f": energy,
    "numerical": numerical,
    "forward": forward,
    "reverse": reverse,
}
GRADIENTS = ("numerical", "forward", "reverse")


def needs(config: Config) -> tuple[str, ...]:
    """Names of the data sets read: none, everything is made."""
    return ()


def load(config: Config) -> dict[str, np.ndarray]:
    """The paper's table: sizes "n", and for each way to the gradient its time over that of f."""
    return {name: np.array(column) for name, column in BAYDIN.items()}


synthetic = load  # nothing is read


def programs(config: Config, data: dict[str, np.ndarray]) -> dict[str, jax.stages.Lowered]:
    """What is counted, at the largest n, and what is computed in float64, at the largest n run; not compiled."""
    counted = {name: jax.jit(f).lower(*shapes(config.sizes[-1])) for name, f in FUNCTIONS.items()}
    with jax.enable_x64(True):
        return counted | {"differences": differences.lower(*shapes(max(config.run_sizes), jnp.float64))}


def shapes(n: int, dtype: type = jnp.float32) -> tuple[jax.ShapeDtypeStruct, ...]:
    """Shapes of x, A and b."""
    return tuple(jax.ShapeDtypeStruct(shape, dtype) for shape in ((n,), (n, n), (n,)))


def run(
    config: Config, keys: Array, data: dict[str, np.ndarray], out: Run, max_steps: int | None = None
) -> Measurements:
    """Counts, gradients and times; `max_steps` cuts the sizes at which something is computed, not those counted."""
    run_sizes = config.run_sizes[:max_steps]
    counted, differ, times = {}, [], {}
    with out.progress("Helmholtz energy", len(config.sizes) + len(run_sizes)) as advance:
        for n in config.sizes:
            counted[n] = {name: cost(f, *shapes(n)).operations for name, f in FUNCTIONS.items()}
            out.log(n=n, **{f"operations_{name}": count for name, count in counted[n].items()})
            advance(1, f"counted at n = {n}")
        for n in run_sizes:
            differ.append(gradient_differences(keys, n))
            times[n] = seconds(keys[0], n, config.repeats)
            out.log(n=n, **{f"seconds_{name}": time for name, time in times[n].items()})
            advance(1, f"run at n = {n}")
    ratio = {name: over_energy(counted, name) for name in GRADIENTS}
    out.figure("cost_of_the_gradient", figures.cost(config.sizes, ratio, times, data))
    difference, difference_numerical = np.max(differ, axis=0)
    measurements = {
        **summary(config, counted, ratio),
        **{f"time_{name}": times[max(times)][name] / times[max(times)]["f"] for name in GRADIENTS},
        "gradient_difference": difference,
        "gradient_difference_numerical": difference_numerical,
    }
    return {name: np.atleast_1d(np.asarray(value)) for name, value in measurements.items()}


def over_energy(counted: Mapping[int, Mapping[str, int]], name: str) -> np.ndarray:
    """Operations of a way to the gradient over those of f, at each n."""
    return np.array([at[name] / at["f"] for at in counted.values()])


def summary(config: Config, counted: Mapping[int, Mapping[str, int]], ratio: Mapping[str, np.ndarray]) -> dict:
    """The claims' figures from the counts at every n."""
    n, at = np.array(config.sizes), config.sizes.index(config.compared)
    return {
        **{f"{name}_compared": ratio[name][at] for name in GRADIENTS},
        **{f"{name}_most": ratio[name].max() for name in GRADIENTS},
        "forward_per_input_most": (ratio["forward"] / n).max(),
        "forward_per_input_least": (ratio["forward"] / n).min(),
        "reverse_per_input_least": (ratio["reverse"] / n).min(),
        "numerical_per_evaluation": (ratio["numerical"] / (2 * n))[at],
        "forward_per_evaluation": (ratio["forward"] / (2 * n))[at],
        "formula_difference": max(abs(at["f"] - operations_of_energy(size)) for size, at in counted.items()),
    }


def mixture(key: Key[Array, ""], n: int) -> tuple[Array, Array, Array]:
    """A fluid at random: x_i in [.1, 1] / n, A_ij in [0, 1] and b_i in [.1, .9], so that b'x < 1."""
    numbers = generator(key)
    x, A, b = numbers.uniform(0.1, 1.0, n) / n, numbers.uniform(size=(n, n)), numbers.uniform(0.1, 0.9, n)
    return jnp.asarray(x), jnp.asarray(A), jnp.asarray(b)


@jax.jit
def differences(
    x: Float[Array, " n"], A: Float[Array, "n n"], b: Float[Array, " n"]
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Largest difference of the gradient from forward mode's, over its largest component: reverse, numerical."""
    exact = forward(x, A, b)
    others = (reverse(x, A, b)[1], numerical(x, A, b))
    near, far = (jnp.abs(other - exact).max() / jnp.abs(exact).max() for other in others)
    return near, far


def gradient_differences(keys: Key[Array, " seeds"], n: int) -> np.ndarray:
    """`differences` of the fluid of each seed, in float64: (2, seeds)."""
    with jax.enable_x64(True):
        return np.array([differences(*mixture(key, n)) for key in keys]).T


def seconds(key: Key[Array, ""], n: int, repeats: int) -> dict[str, float]:
    """Median time of a call of each function, compiled, in float32."""
    return {name: measured(f, *mixture(key, n), repeats=repeats).run_seconds for name, f in FUNCTIONS.items()}
