"""Generated two-class problems that a plane through 0 separates with a known margin."""

from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Float, Key


class Problem(NamedTuple):
    """Examples with labels 0 and 1, weights of length 1 that separate them, and the same labels on other examples."""

    w: Float[np.ndarray, "*batch d"]
    x: Float[np.ndarray, "*batch n d"]
    y: Float[np.ndarray, "*batch n"]
    moved: Float[np.ndarray, "*batch n"]


def generator(key: Key[Array, ""]) -> np.random.Generator:
    """NumPy's generator seeded by a key: small problems are drawn on the host, where nothing has to be compiled."""
    return np.random.default_rng(np.asarray(jax.random.key_data(key)))


def problem(random: np.random.Generator, n: int, d: int, margin: float, shape: tuple[int, int]) -> Problem:
    """Draws n points of the unit sphere in d dimensions and pushes them off a random plane through 0 by `margin`.

    The arrays are filled up to `shape` = (examples, dimensions): with zeros in further dimensions, with the same n
    examples again in further rows. `moved` gives each example its neighbour's label; the examples are independent, so
    that this separates labels from inputs as shuffling does.

    Args:
        random: where the numbers come from.
        n: examples, 1 to shape[0].
        d: dimensions, 1 to shape[1].
        margin: least distance to the plane; the points end up at most 1 + margin long.
        shape: of the array of examples.
    """
    points = np.zeros((n + 1, shape[1]))
    points[:, :d] = random.standard_normal((n + 1, d))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    w, x = points[0], points[1:]
    y = x @ w >= 0
    x = x + margin * np.where(y, 1, -1)[:, None] * w[None, :]
    rows = np.arange(shape[0]) % n
    return Problem(*(np.asarray(part, np.float32) for part in (w, x[rows], y[rows], np.roll(y, 1)[rows])))


def problems(key: Key[Array, ""], count: int, shape: tuple[int, int], margins: tuple[float, float]) -> Problem:
    """Draws `count` problems: 10 to shape[0] examples, 2 to shape[1] dimensions, margins log-uniform between two.

    Raises:
        ValueError: no problem, fewer than 10 examples or 2 dimensions, or margins that are not 0 < low <= high.
    """
    if count < 1 or shape[0] < 10 or shape[1] < 2 or not 0 < margins[0] <= margins[1]:
        raise ValueError(f"no such problems: count {count}, (examples, dimensions) {shape}, margins {margins}")
    random = generator(key)
    n = random.integers(10, shape[0], count, endpoint=True)
    d = random.integers(2, shape[1], count, endpoint=True)
    margin = np.exp(random.uniform(np.log(margins[0]), np.log(margins[1]), count))
    drawn = [problem(random, *sizes, shape) for sizes in zip(n.tolist(), d.tolist(), margin.tolist(), strict=True)]
    return Problem(*map(np.stack, zip(*drawn, strict=True)))
