"""Pictures of `digits_quick`: error of each way with every seed, and the digits that a network misreads."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from research import figures

WAYS = {"nearest": "1-NN", "linear": "linear model", "hidden": "one hidden layer", "convolutional": "shared weights"}


def errors(measured: Mapping[str, np.ndarray]) -> Figure:
    """Test error of each way: every seed a dot, the mean a bar, its 95 % interval over seeds a line."""
    figure = Figure(figsize=(6, 2.6), layout="constrained")
    axes = figure.subplots()
    for place, name in enumerate(WAYS):
        values = measured[f"{name}_error"]
        half = 1.96 * values.std(ddof=1) / len(values) ** 0.5 if len(values) > 1 else 0.0
        axes.barh(place, values.mean(), xerr=half, color="tab:blue", alpha=0.35, height=0.6, ecolor="black", capsize=3)
        jitter = np.linspace(-0.15, 0.15, len(values)) if len(values) > 1 else np.zeros(1)
        axes.plot(values, place + jitter, "o", color="tab:blue", ms=4)
        axes.annotate(f"{values.mean():.2f} %", (0, place), xytext=(4, 0), textcoords="offset points", va="center")
    axes.set_yticks(range(len(WAYS)), list(WAYS.values()))
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter(PercentFormatter(decimals=0))
    axes.set(xlabel="test error", title="Digits of 8 x 8 pixels")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def misread(test: Any, answers: np.ndarray) -> Figure:
    """The first misread test digits, each with its label and the network's answer."""
    return figures.misread(test.images, np.asarray(test.labels), answers, "Shared weights, first seed", shown=16)
