"""A small convolutional network for the 8 x 8 digits: two layers of 3 x 3 filters, the second undersampling."""

import math
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from research.models.convolution import patch_convolution


def lecun_normal(key: Array, shape: tuple[int, ...], dtype: Any = jnp.float32) -> Array:
    """Flax's default, normal with variance 1 / fan-in cut at two deviations; drawn flat, which compiles faster."""
    deviation = math.prod(shape[:-1]) ** -0.5 / 0.87962566103423978  # that of the normal so cut
    return (jax.random.truncated_normal(key, -2, 2, (math.prod(shape),), dtype) * deviation).reshape(shape)


class DigitsNetwork(nn.Module):
    """One image of 8 x 8 grey values in [0, 1] to ten logits.

    Args:
        maps: feature maps of the two convolutions.
    """

    maps: tuple[int, int] = (16, 32)

    @nn.compact
    def __call__(self, image: Float[Array, "8 8"]) -> Float[Array, "10"]:
        """Logits of one example."""
        filters = {"kernel_size": (3, 3), "conv_general_dilated": patch_convolution, "kernel_init": lecun_normal}
        x = nn.relu(nn.Conv(self.maps[0], name="C1", **filters)(image[:, :, None]))
        x = nn.relu(nn.Conv(self.maps[1], strides=2, name="C2", **filters)(x))
        return nn.Dense(10, kernel_init=lecun_normal, name="output")(x.reshape(-1))


def digits_network() -> tuple[DigitsNetwork, tuple[int, ...]]:
    """The network of `digits_quick` and the shape of its input."""
    return DigitsNetwork(), (8, 8)
