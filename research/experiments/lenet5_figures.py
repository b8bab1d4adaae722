"""Pictures of the experiments on LeNet-5: learning curve, first filters, misread digits, confusion."""

from typing import Any

import numpy as np

from research import figures
from research.claims import Run


def draw(
    out: Run,
    title: str,
    answers: np.ndarray,
    test: Any,
    first_weights: Any,
    steps_a_pass: int,
    classes: tuple[str, ...] = tuple("0123456789"),
) -> None:
    """Writes the figures `learning`, `filters`, `misread` and `confusion` of a trained network, first seed.

    Args:
        out: the run.
        title: name of the network.
        answers: (n,) its answers on the test set.
        test: the test set.
        first_weights: (25, filters) of the first layer.
        steps_a_pass: steps of one pass.
        classes: names of the classes.
    """
    curves = {"test error, mean over seeds": ("network", "test_error")}
    metrics = out.folder / "metrics.jsonl"
    out.figure("learning", figures.learning(metrics, curves, steps_a_pass, title, "test error, %"))
    out.figure("filters", figures.filters(np.asarray(first_weights).reshape(5, 5, -1), f"{title}: filters of C1"))
    names = np.array(classes)
    seen, labels = np.asarray(test.images), np.asarray(test.labels)
    out.figure("misread", figures.misread(seen, names[labels], names[answers], f"{title}, first seed"))
    out.figure("confusion", figures.confusion(labels, answers, classes, f"{title}, first seed"))
