"""Pictures that several experiments draw: learning curves, filters, misread examples, confusion."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter, MaxNLocator

COLOURS = ("tab:blue", "tab:red", "tab:green", "tab:purple", "tab:orange", "tab:brown")


def learning(
    metrics: Path,
    curves: Mapping[str, tuple[str, str]],
    steps_a_pass: int,
    title: str,
    ylabel: str = "error, %",
    scale: float = 100.0,
    paper: Mapping[str, float] | None = None,
) -> Figure:
    """A validated quantity against passes, one curve a training.

    Args:
        metrics: `metrics.jsonl` of the run.
        curves: label of a curve -> (name of the training, quantity in its lines).
        steps_a_pass: steps of one pass through the training set.
        title: title of the figure.
        ylabel: what is drawn, with its unit.
        scale: factor from the quantity to the unit of `ylabel`.
        paper: label -> value, drawn as dashed lines, in the unit of `ylabel`.
    """
    lines = [json.loads(line) for line in metrics.read_text().splitlines()]
    figure = Figure(figsize=(6, 3.6), layout="constrained")
    axes = figure.subplots()
    for place, (label, (train, quantity)) in enumerate(curves.items()):
        rows = [line for line in lines if line["train"] == train and quantity in line]
        values = [scale * row[quantity] for row in rows]
        end = f"{label}, {values[-1]:.3g} in the end" if values else label
        passes = [row["step"] / steps_a_pass for row in rows]
        axes.plot(passes, values, ".-", color=COLOURS[place % len(COLOURS)], label=end)
    for label, value in (paper or {}).items():
        axes.axhline(value, color="grey", lw=0.8, ls="--")
        axes.annotate(
            label, (0, value), xycoords=("axes fraction", "data"), xytext=(4, 3), textcoords="offset points",
            color="grey", fontsize=8, bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5},
        )  # fmt: skip
    axes.set(xlabel="pass", ylabel=ylabel, yscale="log")
    axes.set_title(title, fontsize=10)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(LogFormatter())
    axes.yaxis.set_minor_formatter(LogFormatter())
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    return figure


def filters(weights: np.ndarray, title: str) -> Figure:
    """Filters side by side, all on one scale; white is positive.

    Args:
        weights: (height, width, filters).
        title: title of the figure.
    """
    count, across = weights.shape[-1], min(weights.shape[-1], 12)
    down = -(-count // across)
    figure = Figure(figsize=(6, 0.6 + 0.6 * down), layout="constrained")
    limit = np.abs(weights).max() or 1.0
    for place, axes in enumerate(figure.subplots(down, across, squeeze=False).flat):
        axes.set_axis_off()
        if place < count:
            axes.imshow(weights[..., place], cmap="gray", vmin=-limit, vmax=limit)
    figure.suptitle(f"{title} (white: positive)", fontsize=9)
    return figure


def misread(images: np.ndarray, labels: np.ndarray, answers: np.ndarray, title: str, shown: int = 40) -> Figure:
    """The first misread examples, each with its label and the answer.

    Args:
        images: (n, height, width), drawn from their least (white) to their greatest value (black).
        labels: (n,) classes, numbers or names.
        answers: (n,) answers, of the same kind.
        title: whose answers they are.
        shown: at most so many are drawn, 8 a row.
    """
    wrong = np.flatnonzero(labels != answers)[:shown]
    texts = [f"{label} read as {answer}" for label, answer in zip(labels[wrong], answers[wrong], strict=True)]
    named = max(map(len, texts), default=0) > 14  # classes with names, not digits: they take two lines
    rows = max(1, -(-len(wrong) // 8))
    figure = Figure(figsize=(7, 0.6 + rows * (1.05 if named else 0.85)), layout="constrained")
    panels = figure.subplots(rows, 8, squeeze=False).ravel()
    for axes in panels:
        axes.set_axis_off()
    for axes, example, text in zip(panels, wrong, texts, strict=False):
        axes.imshow(images[example], cmap="gray_r", vmin=images.min(), vmax=images.max())
        axes.set_title(text.replace(" read as ", "\nread as ") if named else text, fontsize=7)
    figure.suptitle(f"{title}: {(labels != answers).sum()} of {len(labels)} misread", fontsize=9)
    return figure


def confusion(labels: np.ndarray, answers: np.ndarray, names: tuple[str, ...], title: str) -> Figure:
    """How often an example of one class (row) was read as another (column); the diagonal is left white.

    Args:
        labels: (n,) numbers of classes.
        answers: (n,) numbers of classes.
        names: name of each class.
        title: whose answers they are.
    """
    counts = np.zeros((len(names), len(names)), int)
    np.add.at(counts, (labels, answers), 1)
    wrong = counts * (1 - np.eye(len(names), dtype=int))
    figure = Figure(figsize=(4.6, 4.4), layout="constrained")
    axes = figure.subplots()
    axes.imshow(wrong, cmap="Reds", vmin=0, vmax=max(1, wrong.max()))
    for row, column in np.ndindex(counts.shape):
        if counts[row, column]:
            grey = "grey" if row == column else "white" if wrong[row, column] > 0.6 * wrong.max() else "black"
            axes.text(column, row, str(counts[row, column]), ha="center", va="center", fontsize=6, color=grey)
    turned = {"rotation": 60, "ha": "right"} if max(map(len, names)) > 2 else {}
    axes.set_xticks(range(len(names)), names, fontsize=7, **turned)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set(xlabel="read as", ylabel="class", title=title)
    axes.title.set_fontsize(9)
    return figure
