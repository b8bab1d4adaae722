"""MNIST made as small as the data of 1989: fewer examples, 16 x 16 pixels, as Karpathy made it in 2022."""

import numpy as np
from jaxtyping import Float, Int, UInt8

SIDE = 16
CHOICE_SEED = 1337  # of prepro.py


def choices(
    sizes: tuple[int, int], wanted: tuple[int, int]
) -> tuple[Int[np.ndarray, " train"], Int[np.ndarray, " test"]]:
    """Which examples of the two splits are taken: the first of one permutation each, from one legacy generator.

    His loop runs over a set of two names, whose order Python leaves to chance; here train comes first.

    Args:
        sizes: examples of the two splits.
        wanted: how many of them are taken.

    Source: Karpathy 2022, lecun1989-repro, prepro.py: `numpy.random.permutation` after `numpy.random.seed(1337)`.
    """
    generator = np.random.RandomState(CHOICE_SEED)
    train, test = (generator.permutation(size)[:few] for size, few in zip(sizes, wanted, strict=True))
    return train, test


def interpolation(below: int, above: int) -> Float[np.ndarray, "above below"]:
    """Weights of linear interpolation from `below` to `above` pixels of the same line, without smoothing first.

    The centre of pixel i lies at s = (i + 1/2) below / above - 1/2 of the source, cut at 0; its value is (1 - l) x[k] +
    l x[k + 1], with k = floor(s), l = s - k, and the last pixel repeated beyond the border.

    Source: PyTorch, `interpolate(mode="bilinear", align_corners=False)`, which is this along rows and columns.
    """
    s = np.maximum((np.arange(above) + 0.5) * below / above - 0.5, 0)
    k = np.floor(s).astype(int)
    weights = np.zeros((above, below))
    np.add.at(weights, (np.arange(above), np.minimum(k, below - 1)), 1 - (s - k))
    np.add.at(weights, (np.arange(above), np.minimum(k + 1, below - 1)), s - k)
    return weights


def resized(images: UInt8[np.ndarray, "n height width"]) -> Float[np.ndarray, "n 16 16"]:
    """Images of grey values 0 to 255 as 16 x 16 float32 in [-1, 1], bilinear."""
    rows, columns = (interpolation(side, SIDE) for side in images.shape[1:])
    return (rows @ (images / 127.5 - 1) @ columns.T).astype(np.float32)
