"""The pictures of `threshold_units`."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from research.models import threshold

INK, QUIET, WARM = "#1f3a5f", "#b8bec7", "#c8553d"
NAMES = {
    0: "never", 1: "NOR", 2: "a AND NOT b", 3: "NOT b", 4: "b AND NOT a", 5: "NOT a", 6: "XOR", 7: "NAND",
    8: "AND", 9: "XNOR", 10: "a", 11: "b \u2192 a", 12: "b", 13: "a \u2192 b", 14: "OR", 15: "always",
}  # fmt: skip


def boolean_functions() -> Figure:
    """The 16 Boolean functions of two variables, each with the line of one threshold unit where there is one."""
    figure = Figure(figsize=(8, 8.6), layout="constrained")
    pitts = set(threshold.mcculloch_pitts_functions(2).tolist())
    lines = separating_lines()
    for axes, function in zip(figure.subplots(4, 4).flat, range(16), strict=True):
        boolean_function(axes, function, lines.get(function), function in pitts)
    figure.supxlabel("input a", fontsize=9)
    figure.supylabel("input b", fontsize=9)
    figure.suptitle(
        "Two inputs, sixteen functions: one threshold unit draws one line and computes fourteen;\n"
        "a McCulloch-Pitts unit (bold names) computes eleven of them",
        fontsize=11,
    )
    return figure


def separating_lines() -> dict[int, tuple[int, int, float]]:
    """For every separable function weights and threshold; the threshold lies half way between two sums."""
    lines: dict[int, tuple[int, int, float]] = {}
    for a, b in sorted(np.ndindex(3, 3), key=lambda w: abs(w[0] - 1) + abs(w[1] - 1)):
        sums = np.array([0, a - 1, b - 1, a + b - 2])
        for theta in np.arange(-2.5, 3):
            lines.setdefault(int((sums > theta) @ [1, 2, 4, 8]), (a - 1, b - 1, float(theta)))
    return lines


def boolean_function(axes: Axes, function: int, line: tuple[int, int, float] | None, pitts: bool) -> None:
    """One panel: four inputs, filled where the function is 1, and the half plane of the unit."""
    reach = np.linspace(-0.5, 1.5, 201)
    a, b = np.meshgrid(reach, reach)
    if line is None:
        axes.set_facecolor("#fbeae6")
        axes.text(0.5, 0.5, "no line", ha="center", va="center", color=WARM)
    else:
        above = line[0] * a + line[1] * b - line[2]
        axes.contourf(a, b, above, levels=[-9, 0, 9], colors=["white", "#dbe6f3"])
        if line[:2] != (0, 0):
            axes.contour(a, b, above, levels=[0], colors=[INK], linewidths=1.5)
    for row, (first, second) in enumerate([(0, 0), (1, 0), (0, 1), (1, 1)]):
        on = function >> row & 1
        axes.plot(first, second, "o", ms=10, mec=INK, mfc=INK if on else "white", mew=1.5)
    axes.set(aspect="equal", xlim=(-0.5, 1.5), ylim=(-0.5, 1.5), xticks=[0, 1], yticks=[0, 1])
    axes.tick_params(labelsize=7, length=0)
    color = WARM if line is None else INK
    axes.set_title(NAMES[function], fontsize=10, fontweight="bold" if pitts else "normal", color=color)


def novikoff(bound: np.ndarray, mistakes: np.ndarray, shuffled: np.ndarray) -> Figure:
    """Mistakes against Novikoff's bound, with the line on which they would be equal."""
    figure = Figure(figsize=(7, 5), layout="constrained")
    axes = figure.subplots()
    limits = np.array([bound.min() * 0.8, bound.max() * 1.25])
    axes.scatter(bound, np.maximum(shuffled, 0.7), s=6, color=WARM, alpha=0.5, lw=0, label="labels shuffled")
    axes.scatter(bound, np.maximum(mistakes, 0.7), s=8, color=INK, alpha=0.6, lw=0, label="separable")
    axes.plot(limits, limits, color="black", lw=1, label="mistakes = bound")
    axes.set(xscale="log", yscale="log", xlim=limits, xlabel=r"Novikoff's bound $(R/\gamma)^2$", ylabel="mistakes")
    axes.set_title(f"{len(bound):,} separable problems: the perceptron stays under the bound", fontsize=11)
    axes.legend(loc="lower right", frameon=False, markerscale=3)
    tidy(axes)
    return figure


def learning_rates(
    rates: Sequence[float],
    mistakes: dict[str, np.ndarray],
    relative: Sequence[float],
    steps: np.ndarray,
    diverged: np.ndarray,
) -> Figure:
    """Left, mistakes of the perceptron over its rate; right, steps of gradient descent over its rate."""
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    curves(left, rates, mistakes["start"], WARM, "from random weights of length 1")
    curves(left, rates, mistakes["zero"], INK, "from zero weights")
    left.set(xlabel="learning rate", ylabel="mistakes until every example is right")
    left.set_title("Perceptron: from zero weights the rate cancels", fontsize=11)
    left.legend(frameon=False)
    curves(right, relative, np.where(diverged, np.nan, steps), INK, "")
    right.axvspan(2, 4, color="#fbeae6", lw=0)
    right.text(2.8, float(np.median(steps)), "diverges", color=WARM, rotation=90, ha="center", va="center")
    right.set(xlabel="learning rate in units of 1 / L, L the largest curvature", ylabel="steps", xlim=(None, 4))
    right.set_title("Gradient descent: slow when small, lost beyond 2 / L", fontsize=11)
    return figure


def curves(axes: Axes, rates: Sequence[float], counts: np.ndarray, color: str, label: str) -> None:
    """One thin line a problem, and their median, on logarithmic axes."""
    axes.plot(rates, counts.T, color=color, lw=0.8, alpha=0.35)
    axes.plot(rates, np.median(counts, axis=0), "o-", color=color, ms=4, label=label)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    tidy(axes)


def tidy(axes: Axes) -> None:
    """Removes the frame's upper and right side and draws a light grid."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#eceff3", lw=0.8)
    axes.set_axisbelow(True)
