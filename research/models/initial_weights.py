"""Laws by which first weights are drawn, as draw(key, shape, dtype), which is what Flax calls an initializer.

F is the fan-in, the number of inputs of a unit: the product of all axes of the weights but the last. All are drawn flat
and then shaped: a program of threefry in several axes compiles slowly.
"""

import math
from typing import Any, Literal

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Key

Spread = Literal["fan_in", "root_fan_in"]


def lecun_uniform(spread: Spread, fans_in: np.ndarray | int | None = None) -> nn.initializers.Initializer:
    """Weights uniform in +-2.4 / F (LeCun et al. 1989, section 4), or +-2.4 / sqrt(F) (Karpathy 2022).

    Args:
        spread: which of the two.
        fans_in: F, one for each weight along the last axis or one for all; by default that of the shape.
    """

    def draw(key: Array, shape: tuple[int, ...], dtype: Any = jnp.float32) -> Array:
        f = np.asarray(math.prod(shape[:-1]) if fans_in is None else fans_in, np.float32)
        limit = jnp.asarray(2.4 / f ** (1.0 if spread == "fan_in" else 0.5), dtype)
        flat = jax.random.uniform(key, (math.prod(shape),), dtype, -1.0, 1.0)
        return flat.reshape(shape) * jnp.broadcast_to(limit, shape)

    return draw


def he_normal(key: Key[Array, ""], shape: tuple[int, ...], dtype: Any = jnp.float32) -> Array:
    """Weights normal with variance 2 / F, which keeps the second moment of rectified signals.

    Source: He et al. 2015, eq. (10).
    """
    flat = jax.random.normal(key, (math.prod(shape),), dtype)
    return flat.reshape(shape) * (2 / math.prod(shape[:-1])) ** 0.5
