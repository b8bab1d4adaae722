"""Pictures of `lecun1998_baselines`: every row beside the paper's, learning curves, misread digits, confusion."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from research import figures
from research.claims import Run

ROWS = {
    "linear_error": ("linear classifier", 12.0),
    "nearest_1_error": ("1-NN", 5.0),
    "nearest_3_error": ("3-NN", 5.0),
    "hidden_300_error": ("300 hidden units", 4.7),
    "hidden_1000_error": ("1000 hidden units", 4.5),
    "hidden_300_100_error": ("300-100 hidden units", 3.05),
    "hidden_500_150_error": ("500-150 hidden units", 2.95),
}
"""Quantity -> what the row is, and the paper's test error in %; it has one row for K neighbours."""


def draw(
    out: Run, measured: Mapping[str, np.ndarray], test: Any, answers: Mapping[str, np.ndarray], steps_a_pass: int
) -> None:
    """Writes the figures `errors`, `learning`, `misread` and `confusion`.

    Args:
        out: the run.
        measured: what `run` measures.
        test: images and labels of the test set.
        answers: the classes that "500-150" (first seed) and "linear" answer to the test set.
        steps_a_pass: steps of one pass.
    """
    labels, images = np.asarray(test.labels), np.asarray(test.images)
    out.figure("errors", errors(measured))
    curves = {
        label: (name.removesuffix("_error"), "test_error") for name, (label, _) in ROWS.items() if "hidden" in name
    }
    title = "Test error of the four networks, mean over seeds"
    out.figure("learning", figures.learning(out.folder / "metrics.jsonl", curves, steps_a_pass, title))
    title = "500-150 hidden units, first seed"
    out.figure("misread", figures.misread(images, labels, answers["500-150"], title))
    title = "Linear classifier on the test digits"
    out.figure("confusion", figures.confusion(labels, answers["linear"], tuple("0123456789"), title))


def errors(measured: Mapping[str, np.ndarray]) -> Figure:
    """Test error of each method: every seed a dot, the paper's figure an open diamond."""
    figure = Figure(figsize=(6.4, 3.2), layout="constrained")
    axes = figure.subplots()
    for place, (name, (_, paper)) in enumerate(ROWS.items()):
        ours = measured[name]
        axes.plot([paper, ours.mean()], [place, place], color="lightgrey", zorder=0)
        axes.plot(paper, place, "D", mfc="white", color="tab:red", label="LeCun et al. 1998" if not place else None)
        axes.plot(ours, np.full(len(ours), place), "o", color="tab:blue", ms=5, alpha=0.7,
                  label="ours, every seed" if not place else None)  # fmt: skip
        text = f"{ours.mean():.2f}, paper {paper:g}"
        axes.annotate(text, (max(paper, *ours), place), xytext=(7, 0), textcoords="offset points", va="center",
                      fontsize=8)  # fmt: skip
    axes.set_yticks(range(len(ROWS)), [label for label, _ in ROWS.values()])
    axes.invert_yaxis()
    right = max(max(paper, *measured[name]) for name, (_, paper) in ROWS.items())
    axes.set(xlabel="test error, %", xlim=(0, 1.3 * right), title="MNIST without convolutions")
    axes.grid(axis="x", color="whitesmoke", zorder=-1)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(frameon=False, fontsize=8, loc="outside lower center", ncols=2)
    return figure
