"""A small convolutional network for the 8 x 8 digits: two layers of 3 x 3 filters, the second undersampling."""

import flax.linen as nn
from jaxtyping import Array, Float

from research.models.convolution import FullConvolution
from research.models.initial_weights import he_normal


class DigitsNetwork(nn.Module):
    """Images of 8 x 8 grey values in [0, 1] to ten logits.

    Args:
        maps: feature maps of the two convolutions.
    """

    maps: tuple[int, int] = (16, 32)

    @nn.compact
    def __call__(self, images: Float[Array, "batch 8 8"]) -> Float[Array, "batch 10"]:
        """Logits of a batch."""
        x = images.transpose(1, 2, 0)[None]
        x = nn.relu(FullConvolution(self.maps[0], 3, 1, name="C1")(x))
        x = nn.relu(FullConvolution(self.maps[1], 3, 1, stride=2, name="C2")(x))
        return nn.Dense(10, kernel_init=he_normal, name="output")(x.reshape(-1, len(images)).T)


def digits_network() -> tuple[DigitsNetwork, tuple[int, ...]]:
    """The network of `digits_quick` and the shape of its input, one example."""
    return DigitsNetwork(), (1, 8, 8)
