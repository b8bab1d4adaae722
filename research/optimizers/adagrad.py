"""Adagrad by composite mirror descent: the step is taken from the weights as they are.

Source: Duchi, Hazan & Singer 2011.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int

from research.optimizers.arguments import require, require_params
from research.optimizers.iterates import accumulators, displacement, rate


class AdagradState(NamedTuple):
    """Number of updates, and S, the sum of the squared gradients, in float32 or wider."""

    t: Int[Array, ""]
    square_sum: Any


def adagrad(learning_rate: optax.ScalarOrSchedule, l1: jax.typing.ArrayLike = 0.0) -> optax.GradientTransformation:
    """Diagonal Adagrad: S <- S + g^2; w <- w - lr g / sqrt(S), componentwise; with l1 the minimum of the composite.

    w <- argmin_x lr g x + lr l1 |x| + 1/2 sqrt(S) (x - w)^2, which is u = w - lr g / sqrt(S), then
    w <- sign(u) max(|u| - lr l1 / sqrt(S), 0).

    Without l1 it is Optax's own, but Optax starts S at 0.1, which the paper does not, and adds eps = 1e-7 under the
    root; here S starts at 0 and eps is 1e-30, so that the first step is lr * sign(g). A component that never had a
    gradient does not move; with l1 it is set to 0, as the minimum says (the paper starts at 0).

    Optax's S has the dtype of the weights, and in bfloat16 it stops growing at 256 squares of one size. With l1 the
    rule is ours: S has float32 or wider, and update needs params.

    Args:
        learning_rate: step size eta, >= 0, or a schedule from the step's number to it; the paper has no default.
        l1: weight lambda of phi(x) = l1 |x|_1, >= 0.

    Raises:
        ValueError: an argument outside its range, or with l1 an update without params.

    Source: Duchi, Hazan & Singer 2011, figure 1 (composite mirror descent, diagonal, delta = 0) and section 5.1.
    """
    require(">= 0", learning_rate=learning_rate, l1=l1)
    if isinstance(l1, int | float) and l1 == 0:
        return optax.adagrad(learning_rate, initial_accumulator_value=0.0, eps=1e-30)

    def init(params: Any) -> AdagradState:
        return AdagradState(jnp.zeros((), jnp.int32), accumulators(params, 0.0))

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, AdagradState]:
        require_params(params)
        lr = rate(learning_rate, state.t)
        squares = jax.tree.map(lambda S, g: S + g.astype(S.dtype) ** 2, state.square_sum, updates)
        after = jax.tree.map(lambda w, g, S: composite_step(w, g, S, lr, l1), params, updates, squares)
        return displacement(after, params), AdagradState(state.t + 1, squares)

    return optax.GradientTransformation(init, update)


def composite_step(
    w: Float[Array, "*shape"],
    g: Float[Array, "*shape"],
    S: Float[Array, "*shape"],
    learning_rate: jax.typing.ArrayLike,
    l1: jax.typing.ArrayLike,
) -> Float[Array, "*shape"]:
    """Weights after a composite step, argmin_x lr g x + lr l1 |x| + 1/2 sqrt(S) (x - w)^2.

    Args:
        w: weights before.
        g: gradient.
        S: sum of the squared gradients, that of g included.
        learning_rate: lr.
        l1: weight of the absolute values.

    Source: Duchi, Hazan & Singer 2011, section 5.1.
    """
    seen = S > 0
    step = jnp.where(seen, learning_rate / jnp.sqrt(jnp.where(seen, S, 1.0)), 0.0)
    u = w - step * g
    shrunk = jnp.sign(u) * jnp.maximum(jnp.abs(u) - step * l1, 0.0)
    # Where S = 0 the quadratic is 0, so any l1 draws x to 0, and without l1 every x is a minimum: w stays.
    return jnp.where(seen | (jnp.asarray(l1) == 0), shrunk, 0.0)
