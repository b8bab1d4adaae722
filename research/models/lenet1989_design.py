"""Five networks for the same 16 x 16 digits, from no hidden layer to two layers of shared weights.

Y. LeCun, "Generalization and network design strategies", in: Connectionism in Perspective, 1989; Hastie, Tibshirani &
Friedman 2009, section 11.7 and table 11.1. A link is a connection between two units, a bias one more.

| network | first hidden layer | second hidden layer | links | weights |
|---|---|---|---|---|
| Net-1 | - | - | 2,570 | 2,570 |
| Net-2 | 12 units | - | 3,214 | 3,214 |
| Net-3 | 8 x 8, local 3 x 3 | 4 x 4, local 5 x 5 | 1,226 | 1,226 |
| Net-4 | two 8 x 8, shared 3 x 3 | 4 x 4, local 5 x 5 | 2,266 | 1,132 |
| Net-5 | two 8 x 8, shared 3 x 3 | four 4 x 4, shared 5 x 5 | 5,194 | 1,060 |

Local fields lie two pixels apart, and so do shared ones. Units with shared weights keep biases of their own.
"""

import flax.linen as nn
from jaxtyping import Array, Float

from research.models.activations import scaled_tanh
from research.models.convolution import TiedLayer
from research.models.initial_weights import lecun_uniform
from research.models.local import LocalLayer

INIT = lecun_uniform("fan_in")
FIRST = {"size": 3, "stride": 2, "padding": 1, "fill": -1.0, "kernel_init": INIT}
SECOND = {"size": 5, "stride": 2, "padding": 2, "fill": -1.0, "kernel_init": INIT}


class DesignNet(nn.Module):
    """One image of 16 x 16 grey values in [-1, 1] to ten outputs in (-1.7159, 1.7159), those of the digits' units.

    First weights are uniform in +-2.4 / F, F the fan-in, and pixels beyond the border -1, as in LeCun et al. 1989.

    Args:
        H1: first hidden layer.
        H2: second hidden layer.
    """

    H1: nn.Module | None = None
    H2: nn.Module | None = None

    @nn.compact
    def __call__(self, image: Float[Array, "16 16"]) -> Float[Array, "10"]:
        """Outputs of one example."""
        x = image[:, :, None]
        for layer in filter(None, (self.H1, self.H2)):
            x = scaled_tanh(layer(x.reshape(-1) if isinstance(layer, nn.Dense) else x))  # type: ignore[operator]
        return scaled_tanh(nn.Dense(10, kernel_init=INIT, name="output")(x.reshape(-1)))


def net1() -> tuple[DesignNet, tuple[int, ...]]:
    """No hidden layer, and the shape of the input."""
    return DesignNet(), (16, 16)


def net2() -> tuple[DesignNet, tuple[int, ...]]:
    """Twelve hidden units that read every pixel."""
    return DesignNet(nn.Dense(12, kernel_init=INIT)), (16, 16)


def net3() -> tuple[DesignNet, tuple[int, ...]]:
    """Two hidden layers of local fields, nothing shared."""
    return DesignNet(LocalLayer(**FIRST), LocalLayer(**SECOND)), (16, 16)


def net4() -> tuple[DesignNet, tuple[int, ...]]:
    """Shared weights in the first hidden layer."""
    return DesignNet(TiedLayer(inputs=((0,),) * 2, **FIRST), LocalLayer(**SECOND)), (16, 16)


def net5() -> tuple[DesignNet, tuple[int, ...]]:
    """Shared weights in both hidden layers."""
    first, second = TiedLayer(inputs=((0,),) * 2, **FIRST), TiedLayer(inputs=((0, 1),) * 4, **SECOND)
    return DesignNet(first, second), (16, 16)
