"""LeNet of 1989, the first network with shared weights trained on real images by backpropagation.

Y. LeCun, B. Boser, J. S. Denker, D. Henderson, R. E. Howard, W. Hubbard and L. D. Jackel, "Backpropagation applied to
handwritten zip code recognition", Neural Computation 1, 541-551, 1989.

| layer | maps | units | receptive field | weights and biases | connections |
|---|---|---|---|---|---|
| H1 | 12 | 12 x 8 x 8 = 768 | 5 x 5, every second pixel | 1,068 | 19,968 |
| H2 | 12 | 12 x 4 x 4 = 192 | 5 x 5 on 8 of the 12 maps | 2,592 | 38,592 |
| H3 | - | 30 | all of H2 | 5,790 | 5,790 |
| output | - | 10 | all of H3 | 310 | 310 |
"""

from typing import Literal

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float

from research.models.activations import scaled_tanh
from research.models.convolution import TiedLayer
from research.models.initial_weights import Spread, lecun_uniform

Connections = Literal["cyclic", "thirds"]
Activation = Literal["scaled_tanh", "tanh", "relu"]
ACTIVATIONS = {"scaled_tanh": scaled_tanh, "tanh": jnp.tanh, "relu": nn.relu}


def connections(scheme: Connections) -> tuple[tuple[int, ...], ...]:
    """For each of the 12 maps of H2, the 8 maps of H1 that it reads; every map of H1 is read by 8 maps.

    The paper says 8 of 12, by "a scheme that will not be described here". cyclic: map m reads m, m + 1, ... m + 7
    modulo 12.
    thirds: maps 0-3 read 0-7, maps 4-7 read 4-11, maps 8-11 read 0-3 and 8-11 (Karpathy 2022).
    """
    if scheme == "cyclic":
        return tuple(tuple(sorted((m + k) % 12 for k in range(8))) for m in range(12))
    thirds = (tuple(range(8)), tuple(range(4, 12)), (*range(4), *range(8, 12)))
    return tuple(thirds[m // 4] for m in range(12))


class LeNet1989(nn.Module):
    """One image of 16 x 16 grey values in [-1, 1] to ten outputs, the activations of the digits' units.

    Args:
        scheme: which maps of H1 a map of H2 reads.
        activation: scaled_tanh (the paper), tanh or relu (both Karpathy 2022).
        spread: range of the first weights.
        logits: leaves the outputs as weighted sums, for a softmax (Karpathy 2022).
        dropout: share of H2's units that H3 reads as 0, the others by 1 / (1 - share) larger; only where `apply` is
            given a key named dropout (Karpathy 2022).
    """

    scheme: Connections = "cyclic"
    activation: Activation = "scaled_tanh"
    spread: Spread = "fan_in"
    logits: bool = False
    dropout: float = 0.0

    @nn.compact
    def __call__(self, image: Float[Array, "16 16"]) -> Float[Array, "10"]:
        """Outputs of one example; pixels beyond the border are background, -1."""
        f = ACTIVATIONS[self.activation]
        init = lecun_uniform(self.spread)
        field = {"size": 5, "stride": 2, "padding": 2, "fill": -1.0, "kernel_init": init}
        h1 = f(TiedLayer(inputs=((0,),) * 12, name="H1", **field)(image[:, :, None]))
        h2 = f(TiedLayer(inputs=connections(self.scheme), name="H2", **field)(h1))
        h2 = nn.Dropout(self.dropout, deterministic=not self.has_rng("dropout"))(h2)
        h3 = f(nn.Dense(30, kernel_init=init, name="H3")(h2.reshape(-1)))
        sums = nn.Dense(10, kernel_init=init, name="output")(h3)
        return sums if self.logits else f(sums)


def lenet1989() -> tuple[LeNet1989, tuple[int, ...]]:
    """The paper's network and the shape of its input."""
    return LeNet1989(), (16, 16)
