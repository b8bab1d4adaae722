import jax.numpy as jnp
import numpy as np
import pytest
from sklearn import metrics as oracle

from research.metrics import confusion_matrix, is_error


@pytest.mark.parametrize(
    ("logits", "label", "expected"),
    [([0.0, 2.0, 1.0], 1, 0.0), ([0.0, 2.0, 1.0], 2, 1.0), ([1.0, 1.0], 0, 0.0), ([1.0, 1.0], 1, 1.0)],
)
def test_is_error(logits, label, expected):
    assert float(is_error(jnp.array(logits), jnp.int32(label))) == expected


@pytest.mark.parametrize("label", [0, 1])
def test_not_a_number_is_an_error(label):
    assert float(is_error(jnp.array([jnp.nan, 1.0]), jnp.int32(label))) == 1.0
    assert float(is_error(jnp.array([jnp.nan, jnp.nan]), jnp.int32(label))) == 1.0


def test_confusion_matrix_against_scikit_learn():
    draw = np.random.default_rng(0)
    labels, predictions = draw.integers(0, 4, 50), draw.integers(0, 4, 50)
    expected = oracle.confusion_matrix(labels, predictions, labels=range(4))
    np.testing.assert_array_equal(confusion_matrix(jnp.array(predictions), jnp.array(labels), 4), expected)
