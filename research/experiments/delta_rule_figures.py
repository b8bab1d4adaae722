"""The picture of `delta_rule`."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

INK, QUIET, WARM, GREEN = "#1f3a5f", "#b8bec7", "#c8553d", "#5b8c6b"
RULES = {
    "by_hand": ("delta rule by hand", INK),
    "without_slope": ("without the factor o (1 - o)", WARM),
    "changed_first": ("responsibilities from changed weights", GREEN),
}
SMALLEST = 1e-17  # where no difference is drawn on a logarithmic axis


def xor(by_gradient: np.ndarray, by_hand: np.ndarray, differences: Mapping[str, np.ndarray], shown: int) -> Figure:
    """Left, the error of XOR by the gradient and by the rule; right, how far weights are from those by the gradient.

    Args:
        by_gradient: error of each start after each sweep (starts, sweeps).
        by_hand: the same by the rule.
        differences: rule -> (starts, sweeps), over the first sweeps.
        shown: so many starts are drawn on the left.
    """
    figure = Figure(figsize=(11, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    sweeps = np.arange(1, by_hand.shape[1] + 1)
    for start in range(shown):
        first = start == 0
        left.plot(sweeps, by_gradient[start], color=QUIET, lw=3.2, label="jax.grad" if first else None)
        left.plot(sweeps, by_hand[start], color=INK, lw=0.7, label="delta rule by hand" if first else None)
    left.set(
        xscale="log", xlabel="sweep through the four rows", ylabel="error of XOR, 1/2 sum (t - o)\u00b2", ylim=(0, None)
    )
    left.set_title(f"Both rules learn alike: {shown} first weights", fontsize=11)
    for rule, (label, color) in RULES.items():
        curves = np.maximum(differences[rule], SMALLEST)
        sweeps = np.arange(1, curves.shape[1] + 1)
        right.fill_between(sweeps, curves.min(axis=0), curves.max(axis=0), color=color, alpha=0.2, lw=0)
        label += "" if differences[rule].any() else f" (none at all: drawn at {SMALLEST:.0e})"
        right.plot(sweeps, np.median(curves, axis=0), color=color, label=label)
    right.set(xscale="log", yscale="log", xlabel="sweep", ylabel="largest difference of a weight from jax.grad's")
    right.set_title("The rule is the gradient; its two classic mistakes are not", fontsize=11)
    for axes in (left, right):
        axes.legend(frameon=False, fontsize=9)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(color="#eceff3", lw=0.8)
        axes.set_axisbelow(True)
    return figure
