"""LeNet as it is built now: convolutions that read every map, rectified units, largest of four, softmax.

After Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document recognition",
Proceedings of the IEEE 86, 2278-2324, 1998; in the form in which frameworks carry it as their example.

Arrays are (channels, height, width, batch): see `research.models.convolution.convolve`.
"""

import math
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from research.models.convolution import convolve


def he(fan_in: int) -> nn.initializers.Initializer:
    """Normal weights of variance 2 / F, F the fan-in (He et al. 2015, eq. 10)."""

    def draw(key: Array, shape: tuple[int, ...], dtype: Any = jnp.float32) -> Array:
        # Drawn flat: a program of threefry in several axes compiles slowly.
        return jax.random.normal(key, (math.prod(shape),), dtype).reshape(shape) * (2 / fan_in) ** 0.5

    return draw


class FullConvolution(nn.Module):
    """Feature maps that read all maps below: a[m, i, j] = b[m] + sum_{r, s, k} w[r, s, k, m] x[k, i + r, j + s].

    Args:
        maps: number of maps.
        size: side of the receptive field.
        padding: rows and columns of zeros added on each side.
    """

    maps: int
    size: int
    padding: int

    @nn.compact
    def __call__(self, x: Float[Array, "channels height width batch"]) -> Float[Array, "maps e f batch"]:
        """The weighted sums."""
        shape = (self.size, self.size, x.shape[0], self.maps)
        weights = self.param("weights", he(math.prod(shape[:3])), shape)
        biases = self.param("biases", nn.initializers.zeros, (self.maps,))
        return convolve(x, weights, self.padding) + biases[:, None, None, None]


def largest_of_four(x: Float[Array, "maps height width batch"]) -> Float[Array, "maps e f batch"]:
    """Each map at half its size: the largest of the 2 x 2 units."""
    # As a window its gradient is a scatter, which makes a step on a CPU twice as long.
    maps, height, width, batch = x.shape
    return x.reshape(maps, height // 2, 2, width // 2, 2, batch).max(axis=(2, 4))


class ModernLeNet(nn.Module):
    """Images of 28 x 28 grey values in [0, 1] to ten logits.

    Args:
        maps: maps of the two convolutions.
        units: units of the fully connected layers between them and the output.
        padding: rows and columns added around the image.
    """

    maps: tuple[int, int] = (6, 16)
    units: tuple[int, ...] = (120, 84)
    padding: int = 2

    @nn.compact
    def __call__(self, images: Float[Array, "batch 28 28"]) -> Float[Array, "batch 10"]:
        """Logits of a batch."""
        x = images.transpose(1, 2, 0)[None]
        x = largest_of_four(nn.relu(FullConvolution(self.maps[0], 5, self.padding, name="C1")(x)))
        x = largest_of_four(nn.relu(FullConvolution(self.maps[1], 5, 0, name="C3")(x)))
        x = x.reshape(-1, len(images)).T
        for number, units in enumerate(self.units):
            x = nn.relu(nn.Dense(units, kernel_init=he(x.shape[1]), name=f"F{5 + number}")(x))
        return nn.Dense(10, kernel_init=he(x.shape[1]), name="output")(x)


def lenet_modern() -> tuple[ModernLeNet, tuple[int, ...]]:
    """LeNet-5 in its modern form, and the shape of its input, one example."""
    return ModernLeNet(), (1, 28, 28)


def lenet_caffe() -> tuple[ModernLeNet, tuple[int, ...]]:
    """The wider form that Caffe made known (Jia et al. 2014), and the shape of its input, one example."""
    return ModernLeNet(maps=(20, 50), units=(500,), padding=0), (1, 28, 28)
