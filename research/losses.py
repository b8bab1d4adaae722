"""The judgement: how wrong a function is. Each loss is for one example; `jax.vmap` gives a batch's."""

import jax
from jaxtyping import Array, Float, Int


def cross_entropy(logits: Float[Array, " classes"], label: Int[Array, ""]) -> Float[Array, ""]:
    """Negative log-likelihood of the label under the softmax of the logits, in nats, >= 0.

    L = log sum_k exp(z_k) - z_y, with the largest z taken out of the sum, so that no exponential overflows.

    Args:
        logits: z, one a class, unbounded.
        label: y, 0 to classes - 1.

    Source: Bridle 1990 (softmax as the probability of a class, with its log-likelihood).
    """
    return jax.nn.logsumexp(logits) - logits[label]


def squared_error(outputs: Float[Array, " n"], targets: Float[Array, " n"]) -> Float[Array, ""]:
    """Half the sum of squared differences, whose gradient is the difference: L = 1/2 sum_i (y_i - t_i)^2.

    Source: Rumelhart, Hinton & Williams 1986, eq. (3), for one case.
    """
    return 0.5 * ((outputs - targets) ** 2).sum()


def mean_squared_error(outputs: Float[Array, " n"], targets: Float[Array, " n"]) -> Float[Array, ""]:
    """Mean over the outputs of the squared differences: L = 1/n sum_i (y_i - t_i)^2.

    Source: LeCun et al. 1989, section 4 ("the output cost function was the mean squared error").
    """
    return ((outputs - targets) ** 2).mean()
