"""A layer of receptive fields whose units share nothing."""

import flax.linen as nn
import jax.numpy as jnp
from jaxtyping import Array, Float

from research.models.convolution import patches


class LocalLayer(nn.Module):
    """One map of units, each with its own weights on its own receptive field, which spans all maps below.

    a[i, j] = b[i, j] + sum_{r, s, c} w[r * size + s, c, i * F + j] x[i * stride + r, j * stride + s, c]

    Args:
        size: side of the receptive field.
        stride: undersampling.
        padding: rows and columns added on each side.
        fill: value of the added pixels.
        kernel_init: draws the weights (taps, maps below, units).

    Source: LeCun 1989, "Generalization and network design strategies", Net-3 and Net-4.
    """

    size: int
    stride: int
    padding: int
    fill: float
    kernel_init: nn.initializers.Initializer

    @nn.compact
    def __call__(self, x: Float[Array, "height width channels"]) -> Float[Array, "e f 1"]:
        """Weighted sums of one example."""
        margin = (self.padding, self.padding)
        fields = patches(jnp.pad(x, [margin, margin, (0, 0)], constant_values=self.fill), self.size, self.stride)
        e, f, taps, channels = fields.shape
        weights = self.param("weights", self.kernel_init, (taps, channels, e * f))
        biases = self.param("biases", nn.initializers.zeros, (e, f, 1))
        sums = jnp.einsum("utc,tcu->u", fields.reshape(e * f, taps, channels), weights)
        return sums.reshape(e, f, 1) + biases
