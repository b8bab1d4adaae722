"""Nearest neighbours: the answer of the training examples closest to the question."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int


def nearest(
    train: Float[Array, "examples inputs"], x: Float[Array, "questions inputs"], k: int
) -> Int[Array, "questions k"]:
    """Indices of the k training examples with the smallest Euclidean distance, the nearest first; ties to the first.

    |x - t|^2 = |x|^2 - 2 x . t + |t|^2, whose first term is the same for every t.
    """
    distance = (train**2).sum(axis=1)[None, :] - 2 * x @ train.T
    return jax.lax.top_k(-distance, k)[1]


def vote(labels: Int[Array, "*batch k"], classes: int) -> Int[Array, "*batch"]:
    """The class most frequent among k neighbours; of equally frequent ones the smallest.

    Source: Cover & Hart 1967 (k = 1); Fix & Hodges 1951.
    """
    return jnp.argmax(jax.nn.one_hot(labels, classes).sum(axis=-2), axis=-1)


def search(
    train: Float[Array, "examples inputs"], x: Float[Array, "questions inputs"], k: int, batch: int = 1024
) -> Int[np.ndarray, "questions k"]:
    """`nearest` for many questions, `batch` of them at a time: batch x examples distances lie in memory at once.

    Raises:
        ValueError: more neighbours asked for than there are examples.
    """
    if not 1 <= k <= len(train):
        raise ValueError(f"k = {k} neighbours of {len(train)} examples")
    part = jax.jit(nearest, static_argnames="k")
    return np.concatenate([np.asarray(part(train, x[i : i + batch], k)) for i in range(0, len(x), batch)])


def classify(
    train: Float[Array, "examples inputs"],
    labels: Int[Array, " examples"],
    x: Float[Array, "questions inputs"],
    k: int,
    classes: int,
    batch: int = 1024,
) -> Int[np.ndarray, " questions"]:
    """Class of each question by the vote of its k nearest training examples, `batch` questions at a time.

    Raises:
        ValueError: more neighbours asked for than there are examples.
    """
    return np.asarray(vote(labels[search(train, x, k, batch)], classes))
