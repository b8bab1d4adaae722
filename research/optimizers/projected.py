"""Gradient descent within a convex set.

Source: Zinkevich 2003.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Int

from research.optimizers.arguments import require, require_params
from research.optimizers.iterates import displacement, wide


class ProjectedGradientState(NamedTuple):
    """Number of updates."""

    t: Int[Array, ""]


def projected_gradient(
    learning_rate: jax.typing.ArrayLike, project: Callable[[Any], Any]
) -> optax.GradientTransformation:
    """Greedy projection: w <- P(w - lr / sqrt(t) g), t = 1, 2, ..., with P the nearest point of a convex set.

    The sets of `optax.projections` serve: `lambda w: optax.projections.projection_l2_ball(w, radius)` (all weights in
    one ball), `lambda w: optax.projections.projection_linf_ball(w, r)` (each weight within [-r, r]). Optax has the
    projections and no rule with them. Its weights are in the set to rounding, since `optax.apply_updates` adds the
    difference that it emits; it stands last in an `optax.chain`.

    Args:
        learning_rate: step size at t = 1, >= 0, constant; the root of t is in the rule. Zinkevich's is 1.
        project: P, from the tree of weights to the nearest one in the set; `optax.inject_hyperparams` needs
            static_args="project".

    Raises:
        ValueError: learning_rate < 0 or not finite, or an update without params.

    Source: Zinkevich 2003, algorithm 1 (greedy projection) and theorem 1 (eta_t = t^(-1/2)).
    """
    if callable(learning_rate):
        raise ValueError("learning_rate is a schedule: projected_gradient takes a number, the root of t is in its rule")
    require(">= 0", learning_rate=learning_rate)

    def init(params: Any) -> ProjectedGradientState:
        del params
        return ProjectedGradientState(jnp.zeros((), jnp.int32))

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, ProjectedGradientState]:
        require_params(params)
        t = state.t + 1
        stepped = jax.tree.map(lambda w, g: w - learning_rate / jnp.sqrt(t.astype(wide(w))) * g, params, updates)
        return displacement(project(stepped), params), ProjectedGradientState(t)

    return optax.GradientTransformation(init, update)
