"""Activations: what a unit makes of its weighted sum."""

import jax.numpy as jnp
from jaxtyping import Array, Float


def scaled_tanh(a: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """f(a) = A tanh(S a), with A = 1.7159 and S = 2/3, so that f(1) = 1 and f(-1) = -1; values in (-A, A).

    Targets of +-1 then lie where the second derivative is largest, not in the flat parts.

    Source: LeCun et al. 1989, section 4 (its form); LeCun et al. 1998, appendix A (its constants).
    """
    return 1.7159 * jnp.tanh(a * (2 / 3))
