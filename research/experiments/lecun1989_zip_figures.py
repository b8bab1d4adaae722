"""Pictures of LeNet-1989: learning curves, first filters, misread digits, what is taken for what."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from research import figures
from research.claims import Run

PASS = 7291
"""Steps of a pass: one a training digit."""
CURVES = {"training set": ("network", "train_error"), "test set": ("network", "test_error")}
PAPER = {f"LeCun et al. 1989: {error} %": error for error in (0.14, 5.0)}


def draw(out: Run, params: Any, outputs: Callable[[Any, Any], jax.Array], test: Any) -> None:
    """Writes the figures `learning`, `filters`, `misread` and `confusion`, all but the first of one trained network."""
    curves = figures.learning(
        out.folder / "metrics.jsonl", CURVES, PASS, "LeNet 1989 on zip-code digits, mean over seeds", paper=PAPER
    )
    out.figure("learning", curves)
    weights = np.asarray(params["H1"]["weights"])  # (25, 1, 12)
    out.figure("filters", figures.filters(weights.reshape(5, 5, 12), "The twelve 5 x 5 filters of H1, first seed"))
    answers = np.asarray(jax.jit(jax.vmap(outputs, in_axes=(None, 0)))(params, test.images)).argmax(axis=1)
    labels = np.asarray(test.labels)
    out.figure("misread", figures.misread(np.asarray(test.images), labels, answers, "Test digits, first seed"))
    names = tuple(map(str, range(10)))
    out.figure("confusion", figures.confusion(labels, answers, names, "Test digits, first seed"))
