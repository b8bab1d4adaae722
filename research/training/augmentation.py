"""Distortions of training images, drawn anew at each step from the example's own key."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key


def distorted(image: Float[Array, "height width"], key: Key[Array, ""]) -> Float[Array, "height width"]:
    """The image under a random planar affine map, values between pixels by bilinear interpolation, outside 0.

    Horizontal and vertical translation by at most 2 pixels, scaling by .85 to 1.15, squeezing (one axis by q, the other
    by 1 / q, q in .9 to 1.1) and horizontal shear by at most .2, each uniform.

    Args:
        image: grey values, background 0.
        key: key of this example at this step.

    Source: LeCun et al. 1998, section III.B, names the kinds; the ranges are ours.
    """
    shift_y, shift_x, scale, squeeze, shear = jax.random.uniform(key, (5,), minval=-1.0)
    scale, squeeze = 1 + 0.15 * scale, 1 + 0.1 * squeeze
    height, width = image.shape
    y, x = jnp.meshgrid(jnp.arange(height) - (height - 1) / 2, jnp.arange(width) - (width - 1) / 2, indexing="ij")
    # Where each pixel of the result comes from.
    from_y = y * squeeze / scale - 2 * shift_y + (height - 1) / 2
    from_x = (x - 0.2 * shear * y) / (squeeze * scale) - 2 * shift_x + (width - 1) / 2
    return jax.scipy.ndimage.map_coordinates(image, [from_y, from_x], order=1)
