"""The linear model fitted by least squares, plain or with shrunken weights, in closed form."""

import numpy as np
from jaxtyping import Float


def least_squares(
    x: Float[np.ndarray, "examples inputs"], targets: Float[np.ndarray, "examples outputs"]
) -> Float[np.ndarray, "inputs+1 outputs"]:
    """W that minimises |[x 1] W - targets|^2, the last row the biases; the smallest such W where many do. In float64.

    Source: Legendre 1805.
    """
    return np.linalg.lstsq(with_ones(x), targets.astype(np.float64), rcond=None)[0]


def ridge(
    x: Float[np.ndarray, "examples inputs"], targets: Float[np.ndarray, "examples outputs"], alpha: float
) -> Float[np.ndarray, "inputs+1 outputs"]:
    """W that minimises |[x 1] W - targets|^2 + alpha |V|^2, with V the rows of W but the last, the biases. In float64.

    With centred inputs X and targets T, V = (X'X + alpha I)^-1 X'T; the biases carry the means. scikit-learn's
    RidgeClassifier is this on targets of +-1, and the class is the largest output.

    Args:
        x: inputs.
        targets: one column an output.
        alpha: weight of the squared length of V, > 0.

    Raises:
        ValueError: alpha not above 0.

    Source: Hoerl & Kennard 1970, eq. (2.1).
    """
    if not alpha > 0:
        raise ValueError(f"ridge: alpha = {alpha} must be above 0")
    below, above = x.mean(axis=0, dtype=np.float64), targets.mean(axis=0, dtype=np.float64)
    centred = x - below[None, :]
    weights = np.linalg.solve(centred.T @ centred + alpha * np.eye(len(below)), centred.T @ (targets - above[None, :]))
    return np.vstack([weights, above - below @ weights])


def with_ones(x: Float[np.ndarray, "examples inputs"]) -> Float[np.ndarray, "examples inputs+1"]:
    """The inputs with a last one that is always 1, whose weights are the biases; in float64."""
    return np.concatenate([x, np.ones((len(x), 1))], axis=1, dtype=np.float64)
