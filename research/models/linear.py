"""The linear model fitted by least squares, in closed form."""

import numpy as np
from jaxtyping import Float


def least_squares(
    x: Float[np.ndarray, "examples inputs"], targets: Float[np.ndarray, "examples outputs"]
) -> Float[np.ndarray, "inputs+1 outputs"]:
    """W that minimises |[x 1] W - targets|^2, the last row the biases; the smallest such W where many do. In float64.

    Source: Legendre 1805.
    """
    return np.linalg.lstsq(with_ones(x), targets.astype(np.float64), rcond=None)[0]


def with_ones(x: Float[np.ndarray, "examples inputs"]) -> Float[np.ndarray, "examples inputs+1"]:
    """The inputs with a last one that is always 1, whose weights are the biases; in float64."""
    return np.concatenate([x, np.ones((len(x), 1))], axis=1, dtype=np.float64)
