"""Threshold units: what one unit can represent, what the perceptron rule learns and within how many mistakes."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from research.claims import Measurements, Run
from research.data import separable
from research.experiments import threshold_units_figures as figures
from research.experiments import threshold_units_rates as rates
from research.experiments.threshold_units_config import Config
from research.models import perceptron, threshold

Few = Callable[[int], int]  # cuts a count to max_steps


bound = jax.jit(jax.vmap(perceptron.novikoff_bound))
over_seeds = jax.vmap(perceptron.perceptron_path, (0, None, None, None, 0))
xor_paths = jax.jit(jax.vmap(over_seeds, (None, None, None, 0, None)))  # rates, seeds


def needs(config: Config) -> tuple[str, ...]:
    """Names of the data sets read: none, everything is made."""
    return ()


def load(config: Config) -> dict[str, Array]:
    """Truth tables of AND, OR and XOR: labels (4,) of the inputs "x" (4, 3), whose first column is the bias."""
    x = np.array([[1, 0, 0], [1, 1, 0], [1, 0, 1], [1, 1, 1]])
    a, b = x[:, 1], x[:, 2]
    tables = {"AND": a & b, "OR": a | b, "XOR": a ^ b}
    return {"x": perceptron.checked(x, a)[0]} | {name: perceptron.checked(x, y)[1] for name, y in tables.items()}


synthetic = load  # nothing is read


def programs(config: Config, data: dict[str, Array]) -> dict[str, jax.stages.Lowered]:
    """The perceptron on the problems of a seed, Novikoff's bound, and gradient descent; lowered, not compiled."""
    n, examples, d = config.problems, config.examples, config.dimensions
    w, x, y, rate = (jax.ShapeDtypeStruct(s, jnp.float32) for s in ((n, d), (n, examples, d), (n, examples), (n,)))
    start, order = jax.ShapeDtypeStruct((1, 3), jnp.float32), jax.ShapeDtypeStruct((1, config.xor_steps), jnp.int32)
    return {
        "perceptron": rates.learn.lower(w, x, y, rate, config.most_passes),
        "bound": bound.lower(w, x, y),
        "xor": xor_paths.lower(start, data["x"], data["XOR"], rate, order),
        "descent": rates.descend.lower(w, x, y, rate, config.tolerance, config.most_steps),
    }


def run(config: Config, keys: Array, data: dict[str, Array], out: Run, max_steps: int | None = None) -> Measurements:
    """Measures every claim about threshold units; `max_steps` cuts weights, problems, passes and steps."""

    def few(count: int) -> int:
        return count if max_steps is None else min(count, max_steps)

    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "what one unit computes": lambda: represent(config, data, few),
        "Novikoff's bound": lambda: novikoff(config, keys, few, out),
        "learning rates": lambda: learning_rates(config, keys, few, out),
        "XOR": lambda: exclusive_or(config, keys, data, few),
    }
    measured: dict[str, Any] = {}
    with out.progress("threshold units", len(parts)) as advance:
        for note, part in parts.items():
            measured |= part()
            advance(1, note)
    out.figure("boolean_functions", figures.boolean_functions())
    return {name: np.atleast_1d(np.asarray(value)) for name, value in measured.items()}


def represent(config: Config, data: dict[str, Array], few: Few) -> dict[str, Any]:
    """Boolean functions of one unit, counted; rows that AND, OR and NOT get right; parity by masks and its order."""
    bounds = enumerate(config.weight_bounds, start=1)
    error, error_without, order = jax.jit(parity, static_argnums=0)(config.parity_inputs)
    return {
        **{f"mcculloch_pitts_{n}": len(threshold.mcculloch_pitts_functions(n)) for n in (1, 2, 3)},
        **{f"threshold_{n}": len(threshold.threshold_functions(n, few(largest))) for n, largest in bounds},
        "gate_rows_right": jax.jit(gate_rows_right)(data["x"][:, 1:].astype(bool), data["AND"], data["OR"]),
        "parity_error": error,
        "parity_error_without_full_mask": error_without,
        "parity_order": order,
    }


def gate_rows_right(x: Array, conjunction: Array, disjunction: Array) -> Array:
    """Rows of AND, OR and NOT that one unit of each kind gets right: 20 if all, twice 4 + 4 + 2."""
    right = jnp.array(0)
    tables = {"AND": (x, conjunction), "OR": (x, disjunction), "NOT": (x[:2, :1], ~x[:2, 0])}
    for name, (rows, y) in tables.items():
        pitts, linear = threshold.gate(name)
        right += jnp.sum(jax.vmap(threshold.mcculloch_pitts, (None, 0))(pitts, rows) == y)
        right += jnp.sum(jax.vmap(threshold.linear_threshold, (None, 0))(linear, rows) == y)
    return right


def parity(n: int) -> tuple[Array, Array, Array]:
    """Largest error of the mask polynomial over all inputs, the same without the full mask, and the order of parity.

    Where x_n = 0 the polynomial of n inputs is that of n - 1: n holds all smaller ones.
    """
    x, coefficients = threshold.inputs(n), threshold.parity_coefficients(n)
    size = jnp.sum(x, axis=1)
    polynomial = jax.vmap(threshold.mask_polynomial, (None, 0))
    error, without = (jnp.max(jnp.abs(polynomial(a, x) - size % 2)) for a in (coefficients, coefficients.at[-1].set(0)))
    return error, without, jnp.min(jnp.where(threshold.parity_correlations(n) != 0, size, n + 1))


def novikoff(config: Config, keys: Array, few: Few, out: Run) -> dict[str, Any]:
    """Mistakes over the bound, largest of each seed's problems; the control moves the labels to other examples."""
    count, shape = few(config.problems), (config.examples, config.dimensions)
    drawn = [separable.problems(key, count, shape, config.margins) for key in keys]
    w, x, y, moved = map(np.concatenate, zip(*drawn, strict=True))
    zero, rate = jnp.zeros(w.shape), jnp.ones(len(w))
    most = np.floor(bound(w, x, y))
    learned = jax.device_get(rates.learn(zero, x, y, rate, few(config.most_passes)))
    control = jax.device_get(rates.learn(zero, x, moved, rate, few(config.shuffled_passes)))
    out.figure("novikoff", figures.novikoff(most, learned.mistakes, control.mistakes))
    return {
        "mistakes_over_bound": (learned.mistakes / most).reshape(-1, count).max(axis=1),
        "mistakes_over_bound_shuffled": (control.mistakes / most).reshape(-1, count).max(axis=1),
        "learned_share": learned.separated.reshape(-1, count).mean(axis=1),
        "learned_share_shuffled": control.separated.reshape(-1, count).mean(axis=1),
    }


def learning_rates(config: Config, keys: Array, few: Few, out: Run) -> dict[str, Any]:
    """One problem a seed: mistakes of the perceptron and steps of gradient descent over the learning rate."""
    n, d, one = config.examples, config.dimensions, config.rates.index(1.0)
    random = [separable.generator(key) for key in keys]
    _, x, y, _ = map(
        np.stack, zip(*(separable.problem(r, n, d, config.rate_margin, (n, d)) for r in random), strict=True)
    )
    start = np.stack([numbers.standard_normal(d) for numbers in random])
    start /= np.linalg.norm(start, axis=1, keepdims=True)
    mistakes = rates.perceptron_mistakes(config.rates, start, x, y, few(config.most_passes))
    relative = (*config.descent_rates, 2 - 2 * config.edge, 2 + 2 * config.edge)
    steps, diverged = rates.descent_steps(relative, x, y, config.tolerance, few(config.most_steps))
    out.figure("learning_rates", figures.learning_rates(config.rates, mistakes, relative, steps, diverged))
    slow = [i for i, rate in enumerate(relative) if rate <= 1 / 4]
    zero, random_start = mistakes["zero"], mistakes["start"]
    return {
        "mistakes_ratio_small_rate": zero[:, 0] / zero[:, one],
        "mistakes_ratio_large_rate": zero[:, -1] / zero[:, one],
        "mistakes_ratio_reverse_order": mistakes["reverse"][:, one] / zero[:, one],
        "mistakes_ratio_all_rates": zero.max(axis=1) / zero.min(axis=1),
        "mistakes_ratio_all_rates_random_start": random_start.max(axis=1) / random_start.min(axis=1),
        "mistakes_ratio_small_rate_random_start": random_start[:, 0] / random_start[:, one],
        "mistakes_slope": rates.log_slope(config.rates, zero),
        "descent_slope": rates.log_slope([relative[i] for i in slow], steps[:, slow]),
        "descent_diverges_below": diverged[:, -2],
        "descent_diverges_above": diverged[:, -1],
        "overshoot_share": rates.overshoots(config.overshoot_rate, x, y),
        "overshoot_share_small_rate": rates.overshoots(2 - config.overshoot_rate, x, y),
    }


def exclusive_or(config: Config, keys: Array, data: dict[str, Array], few: Few) -> dict[str, Any]:
    """The rule on XOR: most rows right and growth of the weights; the same on AND; the least squares.

    Each seed draws first weights and an order of the four rows that is repeated. The control of the growth is Hebb's
    rule w <- w + rate y x: the unit's own answer y' is left out.
    """
    random, steps = [separable.generator(key) for key in keys], few(config.xor_steps)
    order = np.stack([np.resize(numbers.permutation(4), steps) for numbers in random])
    start = np.stack([numbers.standard_normal(3) for numbers in random]).astype(np.float32)
    x, rate = np.asarray(data["x"]), np.asarray(config.rates, np.float32)
    paths = {name: np.asarray(xor_paths(start, x, data[name], rate, order)) for name in ("AND", "XOR")}
    hebb = np.cumsum((np.asarray(data["XOR"])[:, None] * x)[order], axis=1)
    and_error, xor_error = rates.least_squares_errors(
        x, np.stack([data["AND"], data["XOR"]]), config.tolerance**2, few(config.most_steps)
    )
    return {
        "xor_rows_right": most_rows_right(paths["XOR"], x, data["XOR"]),
        "and_rows_right": most_rows_right(paths["AND"], x, data["AND"]),
        "xor_growth": growth(paths["XOR"]).max(axis=0),
        "hebb_growth": growth(hebb),
        "xor_squared_error": xor_error,
        "and_squared_error": and_error,
    }


def most_rows_right(path: np.ndarray, x: np.ndarray, y: Any) -> np.ndarray:
    """Rows that the best weights of a path (rates, seeds, steps, 3) get right: one value a seed."""
    right = (path @ x.T >= 0) == np.asarray(y, bool)
    return right.sum(axis=-1).max(axis=(0, 2))


def growth(path: np.ndarray) -> np.ndarray:
    """Largest length of the weights in the second half of the steps over that in the first: 1 or less if bounded."""
    length = np.linalg.norm(path, axis=-1)
    half = length.shape[-1] // 2
    return length[..., half:].max(axis=-1) / np.maximum(length[..., :half].max(axis=-1), np.finfo(np.float32).eps)
