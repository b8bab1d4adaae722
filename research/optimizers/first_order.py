"""Optax's own transformations, with the arguments that the papers define where Optax's defaults differ."""

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
