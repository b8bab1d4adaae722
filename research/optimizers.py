"""The search: Optax transformations with the arguments that the papers define, where Optax's defaults differ."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax


def gradient_descent(learning_rate: optax.ScalarOrSchedule) -> optax.GradientTransformation:
    """Steepest descent: w <- w - lr g.

    Args:
        learning_rate: step size, > 0, or a schedule from the step's number to it.

    Source: Cauchy 1847. Same as `optax.sgd`, without momentum.
    """
    return optax.sgd(learning_rate)


def adagrad(learning_rate: optax.ScalarOrSchedule) -> optax.GradientTransformation:
    """Diagonal Adagrad: S <- S + g^2; w <- w - lr g / sqrt(S), componentwise.

    Optax starts S at 0.1, which the paper does not, and adds eps = 1e-7 under the root; here S starts at 0 and eps is
    1e-30, so that the first step is lr * sign(g). A component that never had a gradient does not move.

    Args:
        learning_rate: step size, > 0.

    Source: Duchi, Hazan & Singer 2011, figure 1: diagonal, delta = 0, composite mirror descent without a regulariser.
    """
    return optax.adagrad(learning_rate, initial_accumulator_value=0.0, eps=1e-30)


def adam(
    learning_rate: optax.ScalarOrSchedule = 1e-3, b1: float = 0.9, b2: float = 0.999, eps: float = 1e-8
) -> optax.GradientTransformation:
    """Adam: m <- b1 m + (1 - b1) g; v <- b2 v + (1 - b2) g^2; w <- w - lr m' / (sqrt(v') + eps).

    m' = m / (1 - b1^t) and v' = v / (1 - b2^t) at step t = 1, 2, ...; Optax's defaults are the paper's.

    Args:
        learning_rate: step size alpha, > 0.
        b1: decay of the mean of gradients, 0 <= b1 < 1.
        b2: decay of the mean of squared gradients, 0 <= b2 < 1.
        eps: added to the root.

    Source: Kingma & Ba 2015, algorithm 1.
    """
    return optax.adam(learning_rate, b1=b1, b2=b2, eps=eps)


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
