"""Forward against reverse mode over the shape of a function: n inputs, m outputs, and where the two cost the same.

The function is y = tanh(V tanh(W x)). Its middle width h is chosen so that h (n + m), the multiplications of f, is the
same at every shape: then f costs the same everywhere, forward mode n + 1 and reverse mode m + 1 times as much, and what
the map shows is the number of sweeps. Operations are counted on the lowered programs (`research.autodiff.cost`).

Source: Baydin, Pearlmutter, Radul & Siskind 2018, "Automatic differentiation in machine learning: a survey", JMLR 18,
section 3.2; Griewank & Walther 2008, "Evaluating Derivatives", chapters 3 and 4.
"""

import dataclasses
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from research.autodiff.cost import cost
from research.autodiff.measured import measured
from research.claims import Measurements, Run
from research.experiments import BadConfig, require_positive
from research.experiments import modes_by_shape_figures as figures

LARGEST = 1024
MODES = (jax.jacfwd, jax.jacrev)
Form = Callable[..., Array]
"""A form of the network: (x, W, V) to outputs. The two controls take away one side of the shape each."""


@dataclasses.dataclass(frozen=True)
class Config:
    """The grid of shapes; all choices are ours: the survey gives the rule and no grid.

    Args:
        sizes: numbers of inputs and of outputs, two or more, each twice the one before it or more, 1 to 1,024.
        products: multiplications of one f, h (n + m), by which the middle width h is chosen; 1 to 1,000,000.
        control_sizes: the coarser grid on which the two controls are counted; as `sizes`.
        run_sizes: numbers of inputs of the shapes that are timed, in float32, with the same numbers of outputs in
            falling order, the first with the last; as `sizes`.
        repeats: timed calls of a function, of which the median is taken; 1 to 1,000.
    """

    sizes: tuple[int, ...] = (1, 2, 4, 16, 64, 256, 512)
    products: int = 8192
    control_sizes: tuple[int, ...] = (1, 16, 256)
    run_sizes: tuple[int, ...] = (1, 4, 16, 64, 256)
    repeats: int = 50

    def __post_init__(self) -> None:
        """Refuses fields with which nothing can be measured: BadConfig names the field and what is allowed."""
        grids = ("sizes", "control_sizes", "run_sizes")
        require_positive(self, *grids, "products", "repeats")
        for field in grids:
            sizes = getattr(self, field)
            doubles = len(sizes) > 1 and all(2 * a <= b for a, b in itertools.pairwise(sizes))
            allowed = f"two or more, each twice the one before or more, 1 to {LARGEST:,}"
            self._require(field, doubles and sizes[-1] <= LARGEST, allowed)
        self._require("products", self.products <= 1_000_000, "1 to 1,000,000")
        self._require("repeats", self.repeats <= 1000, "1 to 1,000")

    def _require(self, field: str, met: bool, allowed: str) -> None:
        if not met:
            raise BadConfig(f"{field} = {getattr(self, field)}: must be {allowed}")


def network(x: Float[Array, " n"], W: Float[Array, "h n"], V: Float[Array, "m h"]) -> Float[Array, " m"]:
    """Two dense layers: y = tanh(V tanh(W x))."""
    return jnp.tanh(V @ jnp.tanh(W @ x))


def one_output(x: Float[Array, " n"], W: Float[Array, "h n"], V: Float[Array, "m h"]) -> Float[Array, " 1"]:
    """The sum of the network's outputs: reverse mode needs one sweep, whatever m."""
    return network(x, W, V).sum(keepdims=True)


def one_input(x: Float[Array, " 1"], W: Float[Array, "h n"], V: Float[Array, "m h"]) -> Float[Array, " m"]:
    """The network with one number, the first, at all its inputs: forward mode needs one sweep, whatever n."""
    return network(jnp.broadcast_to(x, (W.shape[1],)), W, V)


def shapes(n: int, m: int, products: int, of: Form = network) -> tuple[jax.ShapeDtypeStruct, ...]:
    """Shapes of x, W and V in float32, with h (n + m) as near to `products` as it can be; h is 1 at least."""
    h = max(1, round(products / (n + m)))
    sizes = ((1 if of is one_input else n,), (h, n), (m, h))
    return tuple(jax.ShapeDtypeStruct(size, jnp.float32) for size in sizes)


def operations_by_hand(n: int, m: int, h: int) -> tuple[int, int]:
    """Operations of the Jacobian of `network` in its input, in forward and in reverse mode.

    f is 2 h (n + m) for its products and h + m tanh, the slopes need h + m times 1 - y. A tangent goes through the same
    products, with 3 operations a unit for t (1 + y) (1 - y); a cotangent through the transposed ones, which cost the
    same. There are n tangents or m cotangents, the columns of an identity of 2 k^2 operations (a comparison and a
    conversion an entry). A lone one is the constant 1: it takes none, and saves a cotangent its first product.
    """
    once = 2 * h * (n + m) + 2 * (h + m)
    sweep = 2 * h * (n + m) + 3 * (h + m)
    identity = {k: 2 * k**2 if k > 1 else 0 for k in (n, m)}
    return once + n * sweep + identity[n], once + m * sweep + identity[m] - (m == 1)


def needs(config: Config) -> tuple[str, ...]:
    """Names of the data sets read: none, everything is made."""
    return ()


def load(config: Config) -> dict[str, np.ndarray]:
    """The numbers of inputs and of outputs."""
    return {"sizes": np.array(config.sizes)}


synthetic = load  # nothing is read


def programs(config: Config, data: dict[str, np.ndarray]) -> dict[str, jax.stages.Lowered]:
    """Both Jacobians of the network and of its two controls at one shape that is not square."""
    n, m = config.sizes[-1], config.sizes[-2]
    return {
        f"{of.__name__}, {mode.__name__}": jax.jit(mode(of)).lower(*shapes(n, m, config.products, of))
        for of in (network, one_output, one_input)
        for mode in MODES
    }


def run(
    config: Config, keys: Array, data: dict[str, np.ndarray], out: Run, max_steps: int | None = None
) -> Measurements:
    """Counts both Jacobians at every shape and times some; `max_steps` cuts the grids, to two sizes at the least."""
    most = None if max_steps is None else max(2, max_steps)
    sizes, few, some = (grid[:most] for grid in (config.sizes, config.control_sizes, config.run_sizes))
    with out.progress("shapes", len(sizes) ** 2 + 2 * len(few) ** 2 + len(some)) as advance:
        counted = over_grid(sizes, lambda n, m: operations(n, m, config.products, network), advance)
        controls = {
            of.__name__: over_grid(few, lambda n, m, of=of: operations(n, m, config.products, of), advance)
            for of in (one_output, one_input)
        }
        shaped = np.array(list(zip(some, some[::-1], strict=True)))
        times = np.array([timed(n, m, config, advance) for n, m in shaped.tolist()])
    for (i, n), (j, m) in itertools.product(enumerate(sizes), repeat=2):
        out.log(n=n, m=m, operations_forward=counted[i, j, 0].item(), operations_reverse=counted[i, j, 1].item())
    for (n, m), (_, (forward, reverse)) in zip(shaped.tolist(), times.tolist(), strict=True):
        out.log(n=n, m=m, seconds_forward=forward, seconds_reverse=reverse)
    ratio = log_ratio(counted)
    out.figure("crossing", figures.crossing(sizes, ratio, crossings(sizes, ratio), shaped, log_ratio(times)))
    by_hand = over_grid(sizes, lambda n, m: operations_by_hand(n, m, shapes(n, m, config.products)[1].shape[0]))
    measurements = {
        **summary(sizes, ratio),
        **{f"{key}_{name}": x for name, of in controls.items() for key, x in summary(few, log_ratio(of)).items()},
        "time_ratio_fewest_inputs": np.exp2(log_ratio(times)[0, 1]),
        "time_ratio_fewest_outputs": np.exp2(log_ratio(times)[-1, 1]),
        "formula_difference": np.abs(counted - by_hand).max(),
    }
    return {name: np.atleast_1d(np.asarray(value)) for name, value in measurements.items()}


def nothing(_steps: int, _note: str) -> None:
    """No progress."""


def over_grid(
    sizes: Sequence[int],
    of_shape: Callable[[int, int], Sequence[float]],
    advance: Callable[[int, str], None] = nothing,
) -> np.ndarray:
    """What forward and reverse mode take at every shape: (inputs, outputs, 2)."""
    found = np.empty((len(sizes), len(sizes), 2))
    for (i, n), (j, m) in itertools.product(enumerate(sizes), repeat=2):
        found[i, j] = of_shape(n, m)
        advance(1, f"{n} inputs, {m} outputs")
    return found


def operations(n: int, m: int, products: int, of: Form) -> list[int]:
    """Operations of the Jacobian in forward and in reverse mode."""
    return [cost(mode(of), *shapes(n, m, products, of)).operations for mode in MODES]


def timed(n: int, m: int, config: Config, advance: Callable[[int, str], None]) -> np.ndarray:
    """Operations, then median times in seconds, of the Jacobian in forward and in reverse mode: (2, 2)."""
    # what the weights are does not matter to the time
    zeros = [jax.device_put(np.zeros(of.shape, of.dtype)) for of in shapes(n, m, config.products)]
    found = [measured(mode(network), *zeros, repeats=config.repeats) for mode in MODES]
    advance(1, f"{n} inputs, {m} outputs, timed")
    counts = [each.cost.operations if each.cost else np.nan for each in found]
    return np.array([counts, [each.run_seconds for each in found]])


def log_ratio(pairs: np.ndarray) -> np.ndarray:
    """log2 of forward over reverse, which stand along the last axis: below 0 where forward mode wins."""
    return np.log2(pairs[..., 0] / pairs[..., 1])


def crossings(sizes: Sequence[int], ratio: np.ndarray) -> np.ndarray:
    """For each m the n at which the modes cost the same, interpolated in logarithms and cut to the grid."""
    return 2 ** np.array([np.interp(0.0, column, np.log2(sizes)) for column in ratio.T])


def summary(sizes: Sequence[int], ratio: np.ndarray) -> dict[str, Any]:
    """What the claims ask of a map: who wins off the diagonal, and where and how steeply the modes cross."""
    n, m = np.meshgrid(sizes, sizes, indexing="ij")
    at = crossings(sizes, ratio)
    return {
        "forward_wins": np.mean(ratio[2 * n <= m] < 0),
        "reverse_wins": np.mean(ratio[n >= 2 * m] > 0),
        "crossing_slope": np.polyfit(np.log2(sizes), np.log2(at), 1)[0],
        "crossing_ratio": 2 ** np.mean(np.log2(at / np.array(sizes))),
        "diagonal": np.abs(np.diag(ratio)).max(),
    }
