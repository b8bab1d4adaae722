"""LeNet as it is built now: convolutions that read every map, rectified units, largest of four, softmax.

After Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document recognition",
Proceedings of the IEEE 86, 2278-2324, 1998; in the form in which frameworks carry it as their example.

Arrays are (channels, height, width, batch): see `research.models.convolution.convolve`.
"""

import flax.linen as nn
from jaxtyping import Array, Float

from research.models.convolution import FullConvolution
from research.models.initial_weights import he_normal


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
            x = nn.relu(nn.Dense(units, kernel_init=he_normal, name=f"F{5 + number}")(x))
        return nn.Dense(10, kernel_init=he_normal, name="output")(x)


def lenet_modern() -> tuple[ModernLeNet, tuple[int, ...]]:
    """LeNet-5 in its modern form, and the shape of its input, one example."""
    return ModernLeNet(), (1, 28, 28)


def lenet_caffe() -> tuple[ModernLeNet, tuple[int, ...]]:
    """The wider form that Caffe made known (Jia et al. 2014), and the shape of its input, one example."""
    return ModernLeNet(maps=(20, 50), units=(500,), padding=0), (1, 28, 28)
