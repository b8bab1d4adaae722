"""The picture of `cheap_gradient`."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK, QUIET, WARM, GREEN = "#1f3a5f", "#b8bec7", "#c8553d", "#5b8c6b"
BARS = {
    "gradient_weights": ("value and gradient, reverse", INK),
    "tangent_weights": ("value and one direction, forward", GREEN),
    "second_weights": ("value, gradient and Hessian-vector product", QUIET),
}


def cheap_gradient(found: Mapping[str, Mapping[str, float]]) -> Figure:
    """Left, each network's ratios; right, a whole gradient by either mode against the number of weights."""
    figure = Figure(figsize=(11, 1.8 + 0.36 * max(6, len(found))), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
    bars(left, found)
    modes(right, found)
    dearest = max(ratios["gradient_weights"] for ratios in found.values())
    title = f"A gradient costs at most {dearest:.1f} evaluations of the loss, however many weights there are"
    figure.suptitle(title, fontsize=12)
    return figure


def bars(axes: Axes, found: Mapping[str, Mapping[str, float]]) -> None:
    """Three bars a network, with the bounds of Griewank & Walther."""
    places, thick = np.arange(len(found))[::-1], 0.26
    for row, (ratio, (label, color)) in enumerate(BARS.items()):
        values = [ratios[ratio] for ratios in found.values()]
        axes.barh(places + thick * (1 - row), values, thick, color=color, label=label)
    for bound, label in ((4, None), (10, "bounds: 4 for a gradient, 10 with the product")):
        axes.axvline(bound, color=WARM, lw=1, ls="--", label=label)
    axes.set_yticks(places, [name.replace("_", " ") for name in found], fontsize=9)
    axes.set(xlabel="operations, in those of the loss of one example", xlim=(0, 11), ylim=(-0.6, len(found) - 0.4))
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x", color="#eceff3", lw=0.8)
    axes.set_axisbelow(True)
    axes.legend(frameon=False, fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)


def modes(axes: Axes, found: Mapping[str, Mapping[str, float]]) -> None:
    """The whole gradient in all weights: flat by one reverse sweep, in proportion to the weights by forward ones."""
    weights = np.array([ratios["weights"] for ratios in found.values()])
    forward = np.array([ratios["sweeps_weights"] for ratios in found.values()])
    reverse = np.array([ratios["gradient_weights"] for ratios in found.values()])
    axes.axhspan(1, 4, color="#e8eef6", lw=0)
    axes.scatter(weights, forward, color=GREEN, s=28, label="forward, one sweep a weight")
    axes.scatter(weights, reverse, color=INK, s=28, label="reverse, one sweep")
    axes.text(weights.min(), 1.25, "at most 4", color=INK, fontsize=9)
    axes.set(xscale="log", yscale="log", xlabel="weights", ylabel="operations of the whole gradient over the loss's")
    axes.set_ylim(1, None)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#eceff3", lw=0.8)
    axes.set_axisbelow(True)
    axes.legend(frameon=False, fontsize=9, loc="center right")
