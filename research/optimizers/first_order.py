"""Optax's own transformations, with the arguments that the papers define where Optax's defaults differ."""

import jax
import optax

from research.optimizers.arguments import require


def gradient_descent(learning_rate: optax.ScalarOrSchedule) -> optax.GradientTransformation:
    """Steepest descent: w <- w - lr g.

    Args:
        learning_rate: step size, > 0, or a schedule from the step's number to it.

    Source: Cauchy 1847. Same as `optax.sgd`, without momentum.
    """
    return optax.sgd(learning_rate)


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


def amsgrad(
    learning_rate: optax.ScalarOrSchedule,
    b1: jax.typing.ArrayLike = 0.9,
    b2: jax.typing.ArrayLike = 0.999,
    eps: jax.typing.ArrayLike = 1e-8,
) -> optax.GradientTransformation:
    """AMSGrad: m <- b1 m + (1 - b1) g; v <- b2 v + (1 - b2) g^2; V <- max(V, v); w <- w - lr m / (sqrt(V) + eps).

    The paper corrects neither mean for its start at 0; Optax's default corrects both, and takes the maximum after it,
    so that a first large v' lasts for good. The first step is lr (1 - b1) / sqrt(1 - b2) in size: 3.16 lr with the
    defaults, where Adam's is lr. The paper has no eps, which would be 0 / 0 for a weight without gradients, and
    projects on a convex set, which `optax.apply_updates` leaves to the caller.

    Args:
        learning_rate: step size alpha, >= 0, or a schedule from the step's number to it; the paper's theory has
            alpha / sqrt(t) and no default.
        b1: decay of the mean of gradients, 0 <= b1 < 1; constant, where the theory lets it fall.
        b2: decay of the mean of squared gradients, 0 <= b2 < 1.
        eps: added to the root, > 0.

    Raises:
        ValueError: an argument outside its range.

    Source: Reddi, Kale & Kumar 2018, algorithm 2; b1 = 0.9 and b2 = 0.99 or 0.999 in section 5.
    """
    require(">= 0", learning_rate=learning_rate)
    require("in [0, 1)", b1=b1, b2=b2)
    require("> 0", eps=eps)
    return optax.amsgrad(learning_rate, b1, b2, eps, bias_correction_mu=False, bias_correction_nu=False)


def adadelta(
    learning_rate: optax.ScalarOrSchedule = 1.0, rho: jax.typing.ArrayLike = 0.95, eps: jax.typing.ArrayLike = 1e-6
) -> optax.GradientTransformation:
    """Adadelta: each step is scaled by the steps before it, over the gradients before it, componentwise.

    E <- rho E + (1 - rho) g^2; d = -sqrt(D + eps) / sqrt(E + eps) g; D <- rho D + (1 - rho) d^2; w <- w + lr d.

    E and D start at 0, so the first steps are about sqrt(eps / (1 - rho)) in size. Optax's default rho is 0.9, and its
    default learning rate, None, leaves the sign of the gradient: it climbs. Its update needs params, though the rule
    does not.

    Args:
        learning_rate: factor on d, which D does not see, >= 0; the paper has none, so 1.
        rho: decay of both means, 0 <= rho < 1.
        eps: added under both roots, > 0: with 0 the first step and all after it are 0.

    Raises:
        ValueError: an argument outside its range.

    Source: Zeiler 2012, algorithm 1; rho = 0.95 and eps = 1e-6 in section 4.1.
    """
    require(">= 0", learning_rate=learning_rate)
    require("in [0, 1)", rho=rho)
    require("> 0", eps=eps)
    return optax.adadelta(learning_rate, rho=rho, eps=eps)


def momentum(learning_rate: optax.ScalarOrSchedule, mu: jax.typing.ArrayLike = 0.9) -> optax.GradientTransformation:
    """Gradient descent with momentum: v <- mu v + g; w <- w - lr v.

    With a constant lr it is dw(t) = -lr g + mu dw(t - 1), the rule of 1986. Under a schedule it is not: Optax's lr
    scales the whole of v, and the papers' only the newest gradient. Optax's default has no momentum.

    Args:
        learning_rate: step size, >= 0, or a schedule from the step's number to it.
        mu: share of the step before, 0 <= mu < 1; 0.9 in the experiments of 1986.

    Raises:
        ValueError: an argument outside its range.

    Source: Polyak 1964, eq. (9); Rumelhart, Hinton & Williams 1986 (alpha in their notation).
    """
    require(">= 0", learning_rate=learning_rate)
    require("in [0, 1)", mu=mu)
    return optax.sgd(learning_rate, momentum=mu)


def nesterov(learning_rate: optax.ScalarOrSchedule, mu: jax.typing.ArrayLike = 0.9) -> optax.GradientTransformation:
    """Nesterov's accelerated gradient with a constant mu: v <- mu v + g; w <- w - lr (g + mu v).

    These are the points where the gradient is taken. In the form of Sutskever et al., with
    V <- mu V - lr grad(x + mu V) and x <- x + V, they are w = x + mu V; Optax keeps w, so that g is taken at its
    params. The x of the paper is w + lr mu v. Nesterov's own mu rises with t; a constant one is his for strongly convex
    functions.

    Args:
        learning_rate: step size, >= 0, or a schedule from the step's number to it; as in `momentum`, it scales all of
            v.
        mu: share of the step before, 0 <= mu < 1.

    Raises:
        ValueError: an argument outside its range.

    Source: Nesterov 1983; Sutskever, Martens, Dahl & Hinton 2013, eqs. (3) and (4); Bengio, Boulanger-Lewandowski &
    Pascanu 2013, eq. (7).
    """
    require(">= 0", learning_rate=learning_rate)
    require("in [0, 1)", mu=mu)
    return optax.sgd(learning_rate, momentum=mu, nesterov=True)
