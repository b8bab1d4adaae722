"""LeNet-5, the network that read cheques: convolution and subsampling in turn, and distances to drawn digits.

Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document recognition", Proceedings of
the IEEE 86, 2278-2324, 1998, section II.B.

| layer | maps | units | reads | weights and biases | connections |
|---|---|---|---|---|---|
| C1 | 6 | 28 x 28 | 5 x 5 | 156 | 122,304 |
| S2 | 6 | 14 x 14 | 2 x 2 of its map, one coefficient | 12 | 5,880 |
| C3 | 16 | 10 x 10 | 5 x 5 of 3, 4 or 6 maps | 1,516 | 151,600 |
| S4 | 16 | 5 x 5 | 2 x 2 of its map, one coefficient | 32 | 2,000 |
| C5 | 120 | 1 x 1 | 5 x 5 of 16 maps | 48,120 | 48,120 |
| F6 | 84 | 1 | 120 | 10,164 | 10,164 |
| output | - | 10 | 84, fixed centres | - | 840 |

Arrays are (channels, height, width, batch): see `research.models.convolution.convolve`.
"""

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from research.models.activations import scaled_tanh
from research.models.convolution import convolve
from research.models.initial_weights import Spread, lecun_uniform
from research.models.lenet5_codes import CODES

BACKGROUND = -0.1
TABLE = (
    *(tuple(sorted((m + k) % 6 for k in range(3))) for m in range(6)),
    *(tuple(sorted((m + k) % 6 for k in range(4))) for m in range(6)),
    *((0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5)),
    tuple(range(6)),
)
"""For each of the 16 maps of C3, the maps of S2 that it reads (table I)."""


class Convolution(nn.Module):
    """Feature maps, each of which reads the same square field of some of the maps below.

    a[m, i, j] = b[m] + sum_{k in inputs[m]} sum_{r, s} w[r, s, k, m] x[k, i + r, j + s]

    Args:
        inputs: for each map the maps below that it reads.
        size: side of the receptive field.
        spread: range of the first weights.
    """

    inputs: tuple[tuple[int, ...], ...]
    size: int
    spread: Spread

    def setup(self) -> None:
        """One weight for each tap of each connected pair of maps, map after map; one bias a map."""
        fans_in = np.array([self.size**2 * len(read) for read in self.inputs for _ in read])
        self.weights = self.param("weights", lecun_uniform(self.spread, fans_in), (self.size**2, len(fans_in)))
        self.biases = self.param("biases", nn.initializers.zeros, (len(self.inputs),))

    def linear(
        self, weights: Float[Array, "taps pairs"], x: Float[Array, "channels height width batch"]
    ) -> Float[Array, "maps e f batch"]:
        """The sums without biases: linear in the weights and in x."""
        channels, maps = x.shape[0], len(self.inputs)
        pairs = [(k, m) for m, read in enumerate(self.inputs) for k in read]
        if len(pairs) < channels * maps:
            place = np.full((channels, maps), len(pairs))  # a pair that is not connected reads a column of zeros
            for number, pair in enumerate(pairs):
                place[pair] = number
            weights = jnp.pad(weights, [(0, 0), (0, 1)])[:, place]
        else:
            weights = weights.reshape(-1, maps, channels).swapaxes(1, 2)
        return convolve(x, weights.reshape(self.size, self.size, channels, maps))

    def __call__(self, x: Float[Array, "channels height width batch"]) -> Float[Array, "maps e f batch"]:
        """The weighted sums."""
        return self.linear(self.weights, x) + self.biases[:, None, None, None]


class Subsampling(nn.Module):
    """Each map at half its size: a[m, i, j] = b[m] + w[m] (sum of the four x[m, 2 i + r, 2 j + s], r, s in 0, 1).

    Args:
        maps: number of maps.
        spread: range of the first weights.
    """

    maps: int
    spread: Spread

    def setup(self) -> None:
        """One coefficient and one bias a map; four inputs a unit."""
        self.weights = self.param("weights", lecun_uniform(self.spread, 4), (self.maps,))
        self.biases = self.param("biases", nn.initializers.zeros, (self.maps,))

    def linear(
        self, weights: Float[Array, " maps"], x: Float[Array, "maps height width batch"]
    ) -> Float[Array, "maps e f batch"]:
        """The sums without biases: linear in the weights and in x."""
        window = (1, 2, 2, 1)
        return weights[:, None, None, None] * jax.lax.reduce_window(x, 0.0, jax.lax.add, window, window, "VALID")

    def __call__(self, x: Float[Array, "maps height width batch"]) -> Float[Array, "maps e f batch"]:
        """The weighted sums."""
        return self.linear(self.weights, x) + self.biases[:, None, None, None]


class LeNet5(nn.Module):
    """Images of 28 x 28 grey values, background -0.1 and ink 1.175, to their distances from the ten digits' codes.

    Args:
        spread: range of the first weights.
    """

    spread: Spread = "fan_in"

    def setup(self) -> None:
        """The layers with trainable weights, from the image on."""
        self.C1 = Convolution(((0,),) * 6, 5, self.spread)
        self.S2 = Subsampling(6, self.spread)
        self.C3 = Convolution(TABLE, 5, self.spread)
        self.S4 = Subsampling(16, self.spread)
        self.C5 = Convolution((tuple(range(16)),) * 120, 5, self.spread)
        self.F6 = Convolution((tuple(range(120)),) * 84, 1, self.spread)
        self.layers = (self.C1, self.S2, self.C3, self.S4, self.C5, self.F6)

    def __call__(self, images: Float[Array, "batch 28 28"]) -> Float[Array, "batch 10"]:
        """Squared Euclidean distance of the 84 outputs of F6 from each digit's code; the smallest is the answer.

        y_i = sum_j (x_j - c_ij)^2
        """
        x = self.padded(images)
        for layer in self.layers:
            x = scaled_tanh(layer(x))
        return ((x[:, 0, 0, :, None] - CODES.T[:, None, :]) ** 2).sum(axis=0)

    def padded(self, images: Float[Array, "batch 28 28"]) -> Float[Array, "1 32 32 batch"]:
        """The images with two pixels of background on each side, the examples last."""
        margin = (2, 2)
        return jnp.pad(images, [(0, 0), margin, margin], constant_values=BACKGROUND).transpose(1, 2, 0)[None]


def curvature(params: Any, images: Float[Array, "batch 28 28"]) -> Any:
    """Second derivatives of the mean over the images of y_D, the distance to a digit's own code, weight by weight.

    Sent back once through the layers, x -> a = w x + b -> f(a), without the terms in f'' and those between units:

        h(a) = f'(a)^2 h(f(a)),  h(x_j) = sum_i w_ij^2 h(a_i),  h(w) = sum x_j^2 h(a_i)

    the last over the connections that share w, and h = 2 at the outputs of F6. All are positive.

    Args:
        params: the network's weights.
        images: examples, as the network reads them.

    Returns:
        h for each weight, of the same tree as `params`.

    Source: LeCun et al. 1998, appendix C, eqs. 22 to 25; Becker & LeCun 1988.
    """
    model = LeNet5().bind({"params": params})
    x, below = model.padded(images), []
    for layer in model.layers:
        below.append((layer, x, a := layer(x)))
        x = scaled_tanh(a)
    h, found = jnp.full_like(x, 2.0), {}
    for layer, x, a in reversed(below):
        slope = jax.jvp(scaled_tanh, (a,), (jnp.ones_like(a),))[1]
        h = slope**2 * h
        (of_weights,) = jax.vjp(lambda w, layer=layer, x=x: layer.linear(w, x**2), layer.weights)[1](h)
        found[layer.name] = {"weights": of_weights / len(images), "biases": h.sum(axis=(1, 2, 3)) / len(images)}
        (h,) = jax.vjp(lambda x, layer=layer: layer.linear(layer.weights**2, x), x)[1](h)
    return found


def lenet5() -> tuple[LeNet5, tuple[int, ...]]:
    """The paper's network and the shape of its input, one example."""
    return LeNet5(), (1, 28, 28)
