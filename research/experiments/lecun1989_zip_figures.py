"""Pictures of LeNet-1989: its learning curves, its first filters and the digits that it misreads."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np
from matplotlib.figure import Figure

from research.claims import Run

MISREAD = 40


def draw(out: Run, params: Any, outputs: Callable[[Any, Any], jax.Array], test: Any) -> None:
    """Writes the figures `learning`, `filters` and `misread` of one trained network."""
    out.figure("learning", learning(out.folder / "metrics.jsonl"))
    out.figure("filters", filters(np.asarray(params["H1"]["weights"])))
    answers = np.asarray(jax.jit(jax.vmap(outputs, in_axes=(None, 0)))(params, test.images)).argmax(axis=1)
    out.figure("misread", misread(np.asarray(test.images), np.asarray(test.labels), answers))


def learning(path: Path) -> Figure:
    """Error against passes, training and test set, the mean over seeds."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    rows = [line for line in lines if line["train"] == "network"]
    figure = Figure(figsize=(6, 3.6), layout="constrained")
    axes = figure.subplots()
    for split, colour in (("train", "tab:blue"), ("test", "tab:red")):
        errors = [100 * row[f"{split}_error"] for row in rows]
        axes.plot(range(1, len(rows) + 1), errors, ".-", color=colour, label=f"{split}, {errors[-1]:.2f} % in the end")
    for value in (0.14, 5.0):
        axes.axhline(value, color="grey", lw=0.8, ls="--")
        place = {"xy": (1, value), "textcoords": "offset points", "xytext": (0, 3)}
        axes.annotate(f"LeCun et al. 1989: {value} %", color="grey", fontsize=8, **place)
    axes.set(xlabel="pass", ylabel="error, %", yscale="log", title="LeNet 1989 on zip-code digits")
    axes.legend(frameon=False)
    return figure


def filters(weights: np.ndarray) -> Figure:
    """The twelve 5 x 5 filters of H1; white is positive."""
    figure = Figure(figsize=(6, 1.2), layout="constrained")
    limit = np.abs(weights).max()
    for axes, kernel in zip(figure.subplots(1, 12), weights[:, 0].T, strict=True):
        axes.imshow(kernel.reshape(5, 5), cmap="gray", vmin=-limit, vmax=limit)
        axes.set_axis_off()
    figure.suptitle("Filters of H1 (white: positive)", fontsize=9)
    return figure


def misread(images: np.ndarray, labels: np.ndarray, answers: np.ndarray) -> Figure:
    """The first misread test digits, each with its label and the network's answer."""
    wrong = np.flatnonzero(labels != answers)
    figure = Figure(figsize=(7, 4.6), layout="constrained")
    for place, axes in enumerate(figure.subplots(5, 8).flat):
        axes.set_axis_off()
        if place < min(len(wrong), MISREAD):
            example = wrong[place]
            axes.imshow(images[example], cmap="gray_r", vmin=-1, vmax=1)
            axes.set_title(f"{labels[example]} read as {answers[example]}", fontsize=7)
    figure.suptitle(f"First seed: {len(wrong)} of {len(labels)} test digits misread", fontsize=9)
    return figure
