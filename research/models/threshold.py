"""Threshold units: with absolute inhibition, with real weights, and over masks.

Sources: McCulloch & Pitts 1943; Rosenblatt 1958; Minsky & Papert 1969.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int, Num, UInt32

MOST_INPUTS = 5
"""Inputs up to which a Boolean function's truth table fits one uint32."""


class McCullochPitts(NamedTuple):
    """Synapses and threshold of one unit; an input is excitatory, inhibitory or absent."""

    excitatory: Bool[Array, "*units n"]
    inhibitory: Bool[Array, "*units n"]
    theta: Int[Array, "*units"]


class LinearThreshold(NamedTuple):
    """Weights and threshold of one linear threshold unit."""

    weights: Num[Array, "*units n"]
    theta: Num[Array, "*units"]


def mcculloch_pitts(unit: McCullochPitts, x: Bool[Array, " n"]) -> Bool[Array, ""]:
    """Output of a unit with absolute inhibition.

    y = 1 iff no inhibitory input is on and at least theta excitatory ones are.

    Source: McCulloch & Pitts 1943, section 2 (the unit delay is left to the net).
    """
    inhibited = jnp.any(unit.inhibitory & x)
    return ~inhibited & (jnp.sum(unit.excitatory & x) >= unit.theta)


def linear_threshold(unit: LinearThreshold, x: Num[Array, " n"] | Bool[Array, " n"]) -> Bool[Array, ""]:
    """Output of a unit with real weights: y = 1 iff w . x >= theta.

    Source: Rosenblatt 1958, the response unit; Minsky & Papert 1969, section 0.2.
    """
    return jnp.dot(unit.weights, x) >= unit.theta


def gate(name: str) -> tuple[McCullochPitts, LinearThreshold]:
    """AND, OR or NOT as one unit of each kind.

    Raises:
        KeyError: another name.

    Source: McCulloch & Pitts 1943, figure 1.
    """
    excitatory, inhibitory, weights, theta = {
        "AND": ([True, True], [False, False], [1, 1], 2),
        "OR": ([True, True], [False, False], [1, 1], 1),
        "NOT": ([False], [True], [-1], 0),
    }[name]
    unit = McCullochPitts(jnp.array(excitatory), jnp.array(inhibitory), jnp.array(theta))
    return unit, LinearThreshold(jnp.array(weights), jnp.array(theta))


def inputs(n: int) -> Bool[Array, "rows n"]:
    """All 2^n binary inputs in counting order: row r holds the bits of r, x_1 the lowest.

    Raises:
        ValueError: n < 1.
    """
    if n < 1:
        raise ValueError(f"a unit has at least one input, not n = {n}")
    return jnp.asarray((np.arange(2**n)[:, None] >> np.arange(n)[None, :] & 1).astype(bool))


def code(table: Bool[Array, " rows"]) -> UInt32[Array, ""]:
    """A truth table as one number: bit r is the value at row r of `inputs(n)`, n <= 5."""
    bits = jnp.left_shift(jnp.uint32(1), jnp.arange(table.shape[0], dtype=jnp.uint32))
    return jnp.sum(jnp.where(table, bits, jnp.uint32(0)), dtype=jnp.uint32)


def mcculloch_pitts_functions(n: int) -> UInt32[np.ndarray, " functions"]:
    """Codes of the Boolean functions that one McCulloch-Pitts unit realises, sorted.

    Each input is excitatory, inhibitory or absent (3^n) and theta = 0 (fires unless inhibited) ... n + 1 (never fires):
    4 of 4, 11 of 16 and 36 of 256 functions for n = 1, 2, 3.

    Raises:
        ValueError: n outside 1..5.
    """
    _check_inputs(n)
    synapse = np.indices((3,) * n + (n + 2,)).reshape(n + 1, -1).T  # columns: absent, excitatory, inhibitory; theta

    @jax.jit
    @jax.vmap
    def codes(synapse: Int[Array, " n_and_theta"]) -> UInt32[Array, ""]:
        unit = McCullochPitts(synapse[:n] == 1, synapse[:n] == 2, synapse[n])
        return code(jax.vmap(mcculloch_pitts, (None, 0))(unit, inputs(n)))

    return np.unique(codes(synapse))


def threshold_functions(n: int, largest_weight: int) -> UInt32[np.ndarray, " functions"]:
    """Codes of the Boolean functions of one unit with integer weights |w_i| <= largest_weight and any threshold.

    For given weights only the thresholds equal to an attained sum matter, and one above them all (the constant 0).

    The bounds 1, 1, 2, 3, 5 for n = 1..5 miss no function of real weights. A path from one weight vector to another
    crosses one plane w . x = theta at a time, so any two threshold functions are joined by threshold functions that
    differ in one row each. Were the list incomplete, one row changed in some listed function would give a threshold
    function that is not listed. Linear programs show that it never does (`tests/papers/test_counts_threshold.py`).

    Source: Muroga 1971; the counts 4, 14, 104, 1882, 94572 are OEIS A000609.

    Raises:
        ValueError: n outside 1..5, or largest_weight < 1.
    """
    _check_inputs(n)
    if largest_weight < 1:
        raise ValueError(f"largest_weight = {largest_weight}: weights need room to differ from 0")
    weights = np.indices((2 * largest_weight + 1,) * n).reshape(n, -1).T - largest_weight

    @jax.jit
    @jax.vmap
    def codes(w: Int[Array, " n"]) -> UInt32[Array, " rows"]:
        sums = inputs(n).astype(w.dtype) @ w
        return jax.vmap(lambda theta: code(sums >= theta))(sums)

    return np.unique(np.append(codes(weights), np.uint32(0)))


def _check_inputs(n: int) -> None:
    if not 1 <= n <= MOST_INPUTS:
        raise ValueError(f"n = {n}: truth tables are packed into 32 bits, which hold 1 to {MOST_INPUTS} inputs")


def masks(x: Bool[Array, " n"]) -> Bool[Array, " masks"]:
    """Values of all 2^n masks at x: mask S, row S of `inputs(n)`, is the product of the x_i with i in S.

    Source: Minsky & Papert 1969, section 1.5.
    """
    return jnp.all(x[None, :] | ~inputs(x.shape[0]), axis=1)


def parity_coefficients(n: int) -> Int[Array, " masks"]:
    """Coefficients with which the masks sum to parity: (-2)^(|S| - 1), and 0 for the empty mask.

    sum_S (-2)^(|S| - 1) prod_{i in S} x_i = (1 - (1 - 2)^|x|) / 2 = |x| mod 2, by the binomial theorem.

    Source: Minsky & Papert 1969, section 10.1.
    """
    size = jnp.sum(inputs(n), axis=1)
    return jnp.where(size > 0, (-2) ** jnp.maximum(size - 1, 0), 0)


def mask_polynomial(coefficients: Int[Array, " masks"], x: Bool[Array, " n"]) -> Int[Array, ""]:
    """The linear form over masks, sum_S a_S prod_{i in S} x_i: a perceptron's sum before its threshold."""
    return jnp.dot(coefficients, masks(x).astype(coefficients.dtype))


def parity_correlations(n: int) -> Int[Array, " masks"]:
    """Correlation of every mask with parity over all inputs, sum_x (-1)^|x| prod_{i in S} x_i.

    A threshold unit on masks with correlation 0 cannot compute parity: its sum, weighed by (-1)^|x|, would have to
    be negative, and is 0. Only the full mask has another correlation, (-1)^n: the order of parity is n.

    Source: Minsky & Papert 1969, theorem 3.1.1.
    """
    x = inputs(n)
    sign = 1 - 2 * (jnp.sum(x, axis=1) % 2)
    return sign @ jax.vmap(masks)(x).astype(sign.dtype)
