"""What is reported of a trained function; per example where it is a mean, so that whole splits can be summed."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int


def is_error(logits: Float[Array, " classes"], label: Int[Array, ""]) -> Float[Array, ""]:
    """1 where the largest logit is not the label's, else 0; its mean over a split is the error rate.

    Of equal largest logits the first counts as the answer; a logit that is not a number makes an error.
    """
    right = (jnp.argmax(logits) == label) & ~jnp.isnan(logits).any()
    return 1.0 - right.astype(jnp.float32)


def confusion_matrix(
    predictions: Int[Array, " examples"], labels: Int[Array, " examples"], classes: int
) -> Int[Array, "classes classes"]:
    """Counts of examples: row = true class, column = predicted class.

    Args:
        predictions: predicted classes, 0 to classes - 1.
        labels: true classes, 0 to classes - 1.
        classes: number of classes.
    """
    return jnp.zeros((classes, classes), jnp.int32).at[labels, predictions].add(1)
