"""Dual averaging: the next weights follow from the sum of all gradients, not from the weights before.

Sources: Xiao 2010; Duchi, Hazan & Singer 2011.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int

from research.optimizers.arguments import require, require_params
from research.optimizers.iterates import accumulators, displacement, rate


class AdagradDAState(NamedTuple):
    """Number of updates, the sum of the gradients and the sum of their squares; sums are in float32 or wider."""

    t: Int[Array, ""]
    gradient_sum: Any
    square_sum: Any


class RDAState(NamedTuple):
    """Number of updates and the sum of the gradients, in float32 or wider."""

    t: Int[Array, ""]
    gradient_sum: Any


def adagrad_da(
    learning_rate: optax.ScalarOrSchedule,
    initial_accumulator_value: jax.typing.ArrayLike = 0.1,
    l1: jax.typing.ArrayLike = 0.0,
    l2: jax.typing.ArrayLike = 0.0,
) -> optax.GradientTransformation:
    """Adagrad by primal-dual averaging (AdagradDA), whose weights follow from two sums, componentwise.

    G <- G + g; S <- S + g^2; w <- -lr sign(G) max(|G| - l1 t, 0) / (l2 t lr + sqrt(S)), t = 1, 2, ...

    The weights before do not enter: where they started matters only through the first gradient, and a deep network
    loses its random first weights with the first update; the bound on the regret is for convex losses. A weight whose
    mean gradient is within l1 is exactly 0. Optax has no such rule. It emits the difference to the weights before, so
    it stands last in an `optax.chain`: a transformation after it would scale the way to the next weights.

    Args:
        learning_rate: eta, >= 0, or a schedule from the step's number to it; its value now scales the whole sum, and
            the paper's eta is constant.
        initial_accumulator_value: S before the first gradient, > 0, TensorFlow's 0.1. The paper has S = 0 and adds
            delta to the root instead, which is not the same. There is no other eps.
        l1: weight of |x|_1, >= 0.
        l2: weight of |x|_2^2 / 2, >= 0; the paper's phi with both is the elastic net.

    Raises:
        ValueError: an argument outside its range, or an update without params.

    Source: Duchi, Hazan & Singer 2011, figure 1 (primal-dual, diagonal) and section 5.1; TensorFlow's
    AdagradDAOptimizer, the dense rule.
    """
    require(">= 0", learning_rate=learning_rate, l1=l1, l2=l2)
    require("> 0", initial_accumulator_value=initial_accumulator_value)

    def init(params: Any) -> AdagradDAState:
        squares = accumulators(params, initial_accumulator_value)
        return AdagradDAState(jnp.zeros((), jnp.int32), accumulators(params, 0.0), squares)

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, AdagradDAState]:
        require_params(params)
        t, lr = state.t + 1, rate(learning_rate, state.t)
        sums = jax.tree.map(lambda G, g: G + g.astype(G.dtype), state.gradient_sum, updates)
        squares = jax.tree.map(lambda S, g: S + g.astype(S.dtype) ** 2, state.square_sum, updates)
        after = jax.tree.map(lambda G, S: dual_average(G, jnp.sqrt(S), t, lr, l1, l2), sums, squares)
        return displacement(after, params), AdagradDAState(t, sums, squares)

    return optax.GradientTransformation(init, update)


def rda(learning_rate: jax.typing.ArrayLike, l1: jax.typing.ArrayLike = 0.0) -> optax.GradientTransformation:
    """Regularised dual averaging without adaptation: G <- G + g; w <- -lr sign(G) max(|G| - l1 t, 0) / sqrt(t).

    The minimum of <G/t, x> + l1 |x|_1 + beta_t/t |x|_2^2 / 2 with beta_t = gamma sqrt(t) and gamma = 1 / lr. It is the
    baseline "RDA" of Duchi, Hazan & Singer. As for `adagrad_da`, the weights before do not enter. Optax has none.

    Args:
        learning_rate: 1 / gamma, >= 0, constant; the root of t is in the rule.
        l1: weight lambda of |x|_1, >= 0.

    Raises:
        ValueError: an argument outside its range, or an update without params.

    Source: Xiao 2010, algorithm 1 with h(x) = |x|_2^2 / 2 and l1 regularisation.
    """
    if callable(learning_rate):
        raise ValueError("learning_rate is a schedule: rda takes a number, the root of t is in its rule")
    require(">= 0", learning_rate=learning_rate, l1=l1)

    def init(params: Any) -> RDAState:
        return RDAState(jnp.zeros((), jnp.int32), accumulators(params, 0.0))

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, RDAState]:
        require_params(params)
        t = state.t + 1
        sums = jax.tree.map(lambda G, g: G + g.astype(G.dtype), state.gradient_sum, updates)
        after = jax.tree.map(lambda G: dual_average(G, jnp.sqrt(jnp.full_like(G, t)), t, learning_rate, l1), sums)
        return displacement(after, params), RDAState(t, sums)

    return optax.GradientTransformation(init, update)


def dual_average(
    G: Float[Array, "*shape"],
    H: Float[Array, "*shape"],
    t: Int[Array, ""],
    learning_rate: jax.typing.ArrayLike,
    l1: jax.typing.ArrayLike = 0.0,
    l2: jax.typing.ArrayLike = 0.0,
) -> Float[Array, "*shape"]:
    """Weights after t gradients, argmin_x lr (<G, x> + t l1 |x|_1 + t l2/2 |x|_2^2) + 1/2 <x, H x>.

    x = -lr sign(G) max(|G| - l1 t, 0) / (l2 t lr + H), componentwise.

    Args:
        G: sum of the gradients.
        H: diagonal of the proximal function, > 0.
        t: number of gradients, >= 1.
        learning_rate: lr.
        l1: weight of the absolute values.
        l2: weight of half the squares.

    Source: Duchi, Hazan & Singer 2011, section 5.1.
    """
    steps = t.astype(G.dtype)
    shrunk = jnp.maximum(jnp.abs(G) - steps * l1, 0.0)
    return jnp.sign(-G) * learning_rate * shrunk / (steps * l2 * learning_rate + H)
