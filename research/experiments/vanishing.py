"""Vanishing gradients: what layers, activations and laws of first weights do to the norm of a gradient."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from research.claims import Measurements, Run
from research.data.separable import generator
from research.experiments import BadConfig, require_positive
from research.experiments import vanishing_figures as figures
from research.experiments.vanishing_networks import (
    LARGEST_SLOPE,
    LAWS,
    UNITS,
    deviation,
    gradient_through_filters,
    jacobians,
    mean_field_factor,
    norms,
)

Norms = Float[np.ndarray, "seeds values"]


@dataclasses.dataclass(frozen=True)
class Config:
    """What is drawn. Where no source is named the choice is ours.

    Args:
        width: units of each layer, inputs and outputs too; the theory is of wide layers.
        depth: layers.
        through: last layers through which factors are measured; He et al. 2015, section 2.2: 30 layers.
        filters: maps of the convolutions 2 to 10 of VGG's model B, ibid.
        channels: maps that the first of them reads, ibid.
        side: height and width of the maps, in units, the same in all layers.
        small: standard deviation that ibid. compares with He's, from Simonyan & Zisserman 2014.
        recurrent_units: units of the recurrent network.
        steps: T, steps through time.
        singular_values: sigma, the largest singular value of its weights; one network each.
    """

    width: int = 256
    depth: int = 50
    through: int = 30
    filters: tuple[int, ...] = (64, 128, 128, 256, 256, 512, 512, 512, 512)
    channels: int = 64
    side: int = 4
    small: float = 0.01
    recurrent_units: int = 32
    steps: int = 50
    singular_values: tuple[float, ...] = (0.9, 1.1, 2.0)

    def __post_init__(self) -> None:
        """Refuses fields with which nothing can be measured: BadConfig names the field."""
        require_positive(self, *(field.name for field in dataclasses.fields(self)))
        if self.through > self.depth:
            raise BadConfig(f"through = {self.through}: must be at most depth = {self.depth}")
        for field in ("filters", "singular_values"):
            if not getattr(self, field):
                raise BadConfig(f"{field} = (): must hold one or more")


def needs(config: Config) -> tuple[str, ...]:
    """Names of the data sets read: none, everything is drawn."""
    return ()


def load(config: Config) -> dict[str, Array]:
    """No data."""
    return {}


synthetic = load


def programs(config: Config, data: dict[str, Array]) -> dict[str, jax.stages.Lowered]:
    """A reverse sweep through the layers and Jacobians through time for each activation, and through the filters."""
    with jax.enable_x64(True):
        n, m, count = config.width, config.recurrent_units, len(config.singular_values)
        weights, vector = _shape((1, config.depth, n, n), jnp.float32), _shape((1, n))
        recurrent = [_shape((count, m, m)), _shape((count, config.steps, m)), _shape((count, m))]
        lowered = {f"layers_{unit}": norms.lower(weights, vector, vector, 1.0, unit) for unit in UNITS}
        lowered |= {f"time_{unit}": jacobians.lower(*recurrent, unit) for unit in UNITS}
        below = (config.channels, *config.filters[:-1])
        filters = [_shape((3, 3, c, d), jnp.float32) for c, d in zip(below, config.filters, strict=True)]
        ends = [
            _shape((1, config.side, config.side, maps), jnp.float32) for maps in (config.channels, config.filters[-1])
        ]
        spreads = _shape((len(filters),), jnp.float32)
        return lowered | {"filters": gradient_through_filters.lower(filters, *ends, spreads)}


def _shape(shape: tuple[int, ...], dtype: Any = float) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(shape, dtype)


def run(config: Config, keys: Array, data: dict[str, Array], out: Run, max_steps: int | None = None) -> Measurements:
    """Measures every claim about vanishing gradients, in float64; `max_steps` cuts layers, filters and steps."""
    cut = config
    if max_steps is not None:
        few = {name: min(getattr(config, name), max_steps) for name in ("depth", "through", "steps")}
        cut = dataclasses.replace(config, **few, filters=config.filters[:max_steps])
    parts = {"layers": layers, "time": time, "filters": filters}
    measured: dict[str, Any] = {}
    with jax.enable_x64(True), out.progress("vanishing gradients", len(parts)) as advance:
        for name, part in parts.items():
            measured |= part(cut, keys, out)
            advance(1, name)
    return {name: np.atleast_1d(np.asarray(value, float)) for name, value in measured.items()}


def layers(config: Config, keys: Array, out: Run) -> dict[str, Any]:
    """Factors by which a layer changes the norm of a gradient, mean over the last `through` layers, and their theory.

    All laws and activations of a seed share the same normal numbers, scaled to the law's variance.
    """
    n, random = config.width, [generator(key) for key in keys]
    weights = jnp.asarray(np.stack([r.standard_normal((config.depth, n, n), np.float32) for r in random]))
    x, u = (jnp.asarray(np.stack([r.standard_normal(n) for r in random])) for _ in range(2))
    found = {
        (unit, law): np.asarray(norms(weights, x, u, deviation(law, n, n), unit)) for unit in UNITS for law in LAWS
    }
    theory = mean_field_factor(n * deviation("Glorot", n, n) ** 2)
    out.figure("layers", figures.layers(found, theory))
    factor = {
        case: (values[:, -1 - config.through] / values[:, -1]) ** (1 / config.through) for case, values in found.items()
    }
    return {
        **{f"factor_{unit}_{law}": factor[unit, law] for unit, law in factor},
        "variance_tanh_standard": factor["tanh", "standard"] ** 2,
        "variance_tanh_Glorot": factor["tanh", "Glorot"] ** 2,
        "factor_over_theory": factor["sigmoid", "Glorot"] / theory,
        "factor_over_theory_tanh": factor["tanh", "Glorot"] / theory,
        "doublings_relu_Glorot": config.through * np.log2(factor["relu", "Glorot"]),
        "doublings_relu_He": config.through * np.log2(factor["relu", "He"]),
    }


def time(config: Config, keys: Array, out: Run) -> dict[str, Any]:
    """Largest of |dh_t / dh_0| / (gamma sigma)^t over steps, activations and sigmas, | | the largest singular value.

    In the control sigma is the spectral radius of the weights, and the mildest network of a seed counts.
    """
    m, count, random = config.recurrent_units, len(config.singular_values), [generator(key) for key in keys]
    drawn = np.stack([r.standard_normal((m, m)) for r in random])
    drawn /= np.linalg.norm(drawn, 2, axis=(1, 2))[:, None, None]
    weights = (drawn[:, None] * np.asarray(config.singular_values)[:, None, None]).reshape(-1, m, m)
    inputs, start = (np.stack([r.standard_normal((count, *s, m)) for r in random]) for s in ((config.steps,), ()))
    inputs, start = inputs.reshape(-1, config.steps, m), start.reshape(-1, m)
    radius, sigma = np.abs(np.linalg.eigvals(weights)).max(axis=1), np.linalg.norm(weights, 2, axis=(1, 2))
    network = [jnp.asarray(part) for part in (weights, inputs, start)]
    t, over, control, drawn_norms = np.arange(1, config.steps + 1), [], [], {}
    for unit in UNITS:
        through = np.linalg.norm(np.asarray(jacobians(*network, unit)), 2, axis=(2, 3))
        for values, base in ((over, sigma), (control, radius)):
            bound = (LARGEST_SLOPE[unit] * base[:, None]) ** t
            values.append((through / bound).max(axis=1).reshape(len(keys), count))
        drawn_norms[unit] = through.reshape(len(keys), count, -1)
    out.figure("time", figures.time(drawn_norms, config.singular_values, LARGEST_SLOPE))
    return {
        "gradient_over_bound": np.concatenate(over, axis=1).max(axis=1),
        "gradient_over_bound_radius": np.concatenate(control, axis=1).min(axis=1),
    }


def filters(config: Config, keys: Array, out: Run) -> dict[str, Any]:
    """He's standard deviations for 3 x 3 filters, and how a smaller one shrinks the gradient through all of them.

    The deviations are those of the backward case, sqrt(2 / (9 d)) for d maps (He et al. 2015, eq. 14); so is the
    control's, Xavier's sqrt(1 / (9 d)).
    """
    random = generator(keys[0])
    below = (config.channels, *config.filters[:-1])
    drawn = [
        jnp.asarray(random.standard_normal((3, 3, c, d), np.float32))
        for c, d in zip(below, config.filters, strict=True)
    ]
    shape = (1, config.side, config.side)
    image, u = (
        jnp.asarray(random.standard_normal((*shape, maps), np.float32))
        for maps in (config.channels, config.filters[-1])
    )

    def gradient(spreads: np.ndarray) -> float:
        return float(gradient_through_filters(drawn, image, u, jnp.asarray(spreads, jnp.float32)))

    he = np.array([deviation("He", 9 * d, 9 * d) for d in config.filters])
    exact = gradient(he)
    return {
        **{f"deviation_{d}": deviation("He", 9 * d, 9 * d) for d in (64, 128, 256, 512)},
        "shrinking": exact / gradient(np.full_like(he, config.small)),
        "shrinking_xavier": exact / gradient(he / 2**0.5),
        "shrinking_printed": np.prod(np.round(he / config.small, 1)),
    }
