"""Rates of each weight by its curvature: the diagonal Newton method of LeCun's networks."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax


def per_weight_rates() -> optax.GradientTransformation:
    """Gradient descent with a rate for each weight, w <- w - r * g, whose rates are the state.

    The state starts as ones; who sets the rates replaces it, as `newton_rates` does before each pass.
    """

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
        del params
        return jax.tree.map(lambda r, g: -r * g, state, updates), state

    return optax.GradientTransformation(lambda params: jax.tree.map(jnp.ones_like, params), update)


def newton_rates(
    outputs: Callable[[Any, Any], jax.Array],
    params: Any,
    examples: Any,
    learning_rate: float,
    mu: float,
    chunk: int = 10,
) -> Any:
    """Rates of the stochastic diagonal Levenberg-Marquardt method, r = lr / (mu + h), for a mean squared error.

    h_w = 2 / (P n) sum_{p, o} (dy_po / dw)^2, the diagonal of the Gauss-Newton matrix of the error function
    E = 1 / (P n) sum_{p, o} (y_po - t_po)^2: a positive approximation of the diagonal of its Hessian. For shared
    weights it includes the products between the units that share a weight, which the papers drop. Without examples h =
    0 and every rate is lr / mu: plain gradient descent.

    Args:
        outputs: outputs(params, example) of one example, shape (n,).
        params: the weights.
        examples: pytree with a leading axis of P examples, P may be 0.
        learning_rate: lr > 0.
        mu: mu > 0, which bounds the rate where the curvature is small.
        chunk: examples at a time.

    Source: Becker & LeCun 1988; LeCun et al. 1998, appendix C.
    """
    count = len(jax.tree.leaves(examples)[0])
    if not count:
        return jax.tree.map(lambda w: jnp.full_like(w, learning_rate / mu), params)

    def curvature(example: Any) -> Any:
        jacobian = jax.jacrev(outputs)(params, example)
        return jax.tree.map(lambda j: 2 * (j**2).mean(axis=0), jacobian)

    h = jax.tree.map(lambda c: c.mean(axis=0), jax.lax.map(curvature, examples, batch_size=chunk))
    return jax.tree.map(lambda c: learning_rate / (mu + c), h)
