"""What a derivative holds in memory as a network grows deep: nothing more, everything, or the square root of it."""

import dataclasses
import functools
import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from research.autodiff.cost import cost
from research.autodiff.exponents import exponent
from research.autodiff.rematerialised import scan_in_segments
from research.claims import Measurements, Run
from research.experiments import BadConfig, require_positive
from research.experiments import memory_by_depth_figures as figures

FEWEST = 3  # depths of a line with an interval


class Held(NamedTuple):
    """Temporary bytes at one depth.

    Args:
        forward: of forward mode.
        reverse: of reverse mode that keeps every layer.
        segments: of reverse mode in segments, by their length.
    """

    forward: int
    reverse: int
    segments: dict[int, int]


@dataclasses.dataclass(frozen=True)
class Config:
    """The network and its depths.

    Args:
        width: units a layer.
        batch: examples at a time.
        depths: layers L, ascending; squares, so that sqrt(L) divides L.
        reach: the best segment of a depth is sought from sqrt(L) / reach to reach sqrt(L).
        confidence: of the intervals of the exponents.

    Raises:
        BadConfig: fewer than three depths, not ascending, or one that is no square; a reach below 1; a confidence
            outside (0, 1).
    """

    width: int = 16
    batch: int = 256
    depths: tuple[int, ...] = (16, 64, 256, 1024)
    reach: int = 2
    confidence: float = 0.95

    def __post_init__(self) -> None:
        """Refuses depths without a line or a root."""
        require_positive(self, *(field.name for field in dataclasses.fields(self)))
        if len(self.depths) < FEWEST or any(b <= a for a, b in itertools.pairwise(self.depths)):
            raise BadConfig(f"depths = {self.depths}: must be {FEWEST} depths or more, ascending")
        if any(root(depth) ** 2 != depth for depth in self.depths):
            raise BadConfig(f"depths = {self.depths}: must be squares")
        if self.confidence >= 1:
            raise BadConfig(f"confidence = {self.confidence}: must be below 1")


def needs(config: Config) -> tuple[str, ...]:
    """Names of the data sets read: none, only shapes enter."""
    return ()


def load(config: Config) -> dict[str, Array]:
    """No data."""
    return {}


synthetic = load


def network(
    weights: Float[Array, "w w"], x: Float[Array, "b w"], depth: int, segment: int | None = None
) -> Float[Array, ""]:
    """Sum of h_L, with h_0 = x and h_l = tanh(h_(l-1) W): L identical layers; with a segment, rematerialised."""

    def layer(h: Array, _: Array) -> tuple[Array, None]:
        return jnp.tanh(h @ weights), None

    scan = jax.lax.scan if segment is None else functools.partial(scan_in_segments, segment=segment)
    return scan(layer, x, jnp.arange(depth))[0].sum()


def pushed(weights: Float[Array, "w w"], x: Float[Array, "b w"], depth: int) -> Float[Array, ""]:
    """The derivative of the network along one direction of its weights, by forward mode."""
    return jax.jvp(lambda w: network(w, x, depth), (weights,), (jnp.ones_like(weights),))[1]


def pulled(
    weights: Float[Array, "w w"], x: Float[Array, "b w"], depth: int, segment: int | None = None
) -> Float[Array, "w w"]:
    """The gradient of the network in its weights, by reverse mode."""
    return jax.grad(network)(weights, x, depth, segment)


def shapes(config: Config) -> tuple[jax.ShapeDtypeStruct, jax.ShapeDtypeStruct]:
    """Weights and inputs as shapes: nothing is run, so no number is needed."""
    weights, x = (jax.ShapeDtypeStruct((rows, config.width), jnp.float32) for rows in (config.width, config.batch))
    return weights, x


def lowered(config: Config, f: Callable[..., Array], **sizes: int) -> jax.stages.Lowered:
    """A derivative at a depth, before it is compiled."""
    return jax.jit(functools.partial(f, **sizes)).lower(*shapes(config))


def temporary_bytes(config: Config, f: Callable[..., Array], **sizes: int) -> int:
    """Most that the compiled derivative holds at a time beside its arguments and its result, in bytes; it is not run.

    Raises:
        RuntimeError: a backend that does not tell.
    """
    analysis = lowered(config, f, **sizes).compile().memory_analysis()
    if analysis is None:
        raise RuntimeError(f"memory_by_depth: the backend {jax.default_backend()} does not tell what a program holds")
    return analysis.temp_size_in_bytes


def programs(config: Config, data: dict[str, Array]) -> dict[str, jax.stages.Lowered]:
    """The three derivatives of the deepest network."""
    depth = config.depths[-1]
    return {
        "forward": lowered(config, pushed, depth=depth),
        "reverse": lowered(config, pulled, depth=depth),
        "segments": lowered(config, pulled, depth=depth, segment=root(depth)),
    }


def run(config: Config, keys: Array, data: dict[str, Array], out: Run, max_steps: int | None = None) -> Measurements:
    """Measures every claim; `max_steps` cuts the depths, to no fewer than a line needs, and the segments tried."""
    depths = config.depths[: None if max_steps is None else max(FEWEST, max_steps)]
    *others, deepest = depths
    tried = {depth: near(config, depth) if max_steps is None else [root(depth)] for depth in others}
    tried[deepest] = divisors(deepest) if max_steps is None else [1, root(deepest), deepest]
    found: list[Held] = []
    with out.progress("memory by depth", len(depths)) as advance:
        for depth in depths:
            found.append(holds(config, depth, tried[depth]))
            advance(1, f"{depth} layers")
    held = {
        "forward": [one.forward for one in found],
        "reverse": [one.reverse for one in found],
        "segments": [
            min(one.segments[s] for s in near(config, depth) if s in one.segments)
            for depth, one in zip(depths, found, strict=True)
        ],
    }
    fitted = {name: exponent(depths, numbers, config.confidence) for name, numbers in held.items()}
    for name, (value, low, high) in fitted.items():
        out.log(exponent=name, value=value, low=low, high=high)
    _, reverse, segments = found[-1]
    no_power = exponent(list(segments), list(segments.values()), config.confidence)
    layer = 4 * config.width * config.batch
    measured = {
        **{f"{name}_exponent": fit.value for name, fit in fitted.items()},
        "widest_interval": max((fit.high - fit.low) / 2 for fit in fitted.values()),
        "interval_over_segments": (no_power.high - no_power.low) / 2,
        **in_layers(depths, found, layer),
        **operations(config, deepest),
    }
    out.figure("memory", figures.memory(depths, held, fitted))
    out.figure("segments", figures.segments(deepest, segments, reverse, layer, measured["reverse_a_layer"]))
    return {name: np.atleast_1d(np.asarray(value, float)) for name, value in measured.items()}


def holds(config: Config, depth: int, segments: list[int]) -> Held:
    """What the derivatives of a network of this depth hold, with each of these lengths of segments."""
    derivatives = [(pushed, {}), (pulled, {}), *((pulled, {"segment": s}) for s in segments)]
    with ThreadPoolExecutor() as pool:  # the compiler works beside Python
        forward, reverse, *others = pool.map(
            lambda one: temporary_bytes(config, one[0], depth=depth, **one[1]), derivatives
        )
    return Held(forward, reverse, dict(zip(segments, others, strict=True)))


def in_layers(depths: tuple[int, ...], found: list[Held], layer: int) -> dict[str, float]:
    """What is claimed of the bytes, in units of one layer's activations: width x batch x 4 bytes."""
    deepest, more = depths[-1], depths[-1] - depths[0]
    first, last = found[0], found[-1]
    of_root, segments = root(deepest), last.segments
    return {
        "reverse_a_layer": (last.reverse - first.reverse) / more / layer,
        "forward_a_layer": (last.forward - first.forward) / more / layer,
        "one_layer_segments_a_layer": segments[1] / deepest / layer,
        "whole_segment_a_layer": segments[deepest] / deepest / layer,
        "forward_layers": max(one.forward for one in found) / layer,
        "reverse_layers": last.reverse / layer,
        "best_segment_over_root": min(segments, key=segments.__getitem__) / of_root,
        "worst_segment_over_root": max(segments, key=segments.__getitem__) / of_root,
        "segments_over_reverse": segments[of_root] / last.reverse,
        "one_segment_over_reverse": segments[deepest] / last.reverse,
    }


def operations(config: Config, depth: int) -> dict[str, float]:
    """What each derivative computes, in evaluations of the network: multiplications of matrices, and all operations."""
    value = cost(functools.partial(network, depth=depth), *shapes(config))
    forward = cost(functools.partial(pushed, depth=depth), *shapes(config))
    reverse = cost(functools.partial(pulled, depth=depth), *shapes(config))
    segments = cost(functools.partial(pulled, depth=depth, segment=root(depth)), *shapes(config))
    return {
        "forward_evaluations": forward.macs / value.macs,
        "reverse_evaluations": reverse.macs / value.macs,
        "segments_evaluations": segments.macs / value.macs,
        "extra_evaluations": (segments.operations - reverse.operations) / value.operations,
        "reverse_operations": reverse.operations / value.operations,
    }


def root(depth: int) -> int:
    """The square root of a depth, rounded."""
    return round(depth**0.5)


def divisors(depth: int) -> list[int]:
    """All divisors, ascending: the lengths that segments of equal length can have."""
    return [s for s in range(1, depth + 1) if depth % s == 0]


def near(config: Config, depth: int) -> list[int]:
    """The divisors within a factor `reach` of sqrt(L)."""
    return [s for s in divisors(depth) if root(depth) <= config.reach * s and s <= config.reach * root(depth)]
