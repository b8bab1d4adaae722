"""What a data set is in memory: arrays, their digest, and the errors of this package."""

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import numpy as np


class DataError(Exception):
    """Something about data went wrong; the message is one line that names the file and what to do."""


class MissingData(DataError):
    """The data set is not prepared; the message names the command that prepares it."""


def first_line(error: Exception) -> str:
    """The first line of an error's message, or its type where it says nothing."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


class Split(NamedTuple):
    """Images and their labels, in the order of the source.

    Args:
        images: (n, height, width) or (n, height, width, 3); uint8, but float32 in [-1, 1] for zip.
        labels: (n,), int32, 0 to classes - 1.
    """

    images: Any
    labels: Any


class Dataset(NamedTuple):
    """The two splits that the papers report on."""

    train: Split
    test: Split


def noise(
    sizes: Sequence[int], shape: tuple[int, ...], low: int | float, high: int | float, dtype: type = np.float32
) -> Dataset:
    """Uniform noise in place of images, and labels 0 to 9 drawn alike: what programs are traced on, and tests run on.

    Args:
        sizes: examples of the two splits.
        shape: of an image.
        low: smallest grey value.
        high: largest grey value, for whole numbers too.
        dtype: of the images.
    """
    rng = np.random.default_rng(0)

    def split(examples: int) -> Split:
        if np.issubdtype(dtype, np.integer):
            images = rng.integers(int(low), int(high), (examples, *shape), dtype, endpoint=True)
        else:
            images = rng.uniform(low, high, (examples, *shape)).astype(dtype)
        return Split(images, rng.integers(0, 10, examples).astype(np.int32))

    return Dataset(*map(split, sizes))


def digest(arrays: Any) -> str:
    """SHA-256 of a pytree of arrays: of every leaf's path, dtype, shape and bytes.

    Args:
        arrays: a Dataset, a Split, an array or any pytree of them.

    Returns:
        64 hexadecimal digits; equal for equal content, whatever the file it came from.
    """
    sha = hashlib.sha256()
    for path, leaf in jax.tree_util.tree_leaves_with_path(arrays):
        array = np.ascontiguousarray(leaf)
        name = jax.tree_util.keystr(path, simple=True, separator="/")
        sha.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        sha.update(array.data.cast("B") if array.size else b"")
    return sha.hexdigest()
