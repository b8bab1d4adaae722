"""The picture of `helmholtz`: what a gradient costs over the number of components."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

COLOURS = {"numerical": "#8a8f98", "forward": "#c8553d", "reverse": "#1f3a5f"}
LABELS = {
    "numerical": "central differences, 2 n evaluations",
    "forward": "forward mode, n tangents",
    "reverse": "reverse mode, one sweep",
}


def cost(
    sizes: Sequence[int],
    ratio: Mapping[str, np.ndarray],
    times: Mapping[int, Mapping[str, float]],
    paper: Mapping[str, np.ndarray],
) -> Figure:
    """Cost of the gradient over that of f: left operations over n, right times over n; open markers are the paper's.

    Args:
        sizes: numbers n at which operations were counted.
        ratio: operations over those of f, at each n, by way to the gradient.
        times: seconds of a call by n, of f and of each way.
        paper: sizes "n", and times over those of f by way.
    """
    figure = Figure(figsize=(11, 4.8), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    measured = {name: [at[name] / at["f"] for at in times.values()] for name in ratio}
    for name, colour in COLOURS.items():
        left.plot(sizes, ratio[name], "o-", color=colour, ms=5, label=LABELS[name])
        right.plot(list(times), measured[name], "s:", color=colour, ms=5)
        for axes in (left, right):
            axes.plot(paper["n"], paper[name], "o", mfc="none", mec=colour, mew=1.3, ms=7)
    left.plot([], [], "o", mfc="none", mec="black", mew=1.3, ms=7, label="Baydin et al. 2018, times")
    right.plot([], [], "s:", color="black", ms=5, label="times here")
    left.set_ylabel("cost of the gradient / cost of f")
    left.set_title("Operations: the gradient of any length for twice the function", fontsize=11)
    right.set_title("Times: calls of microseconds, mostly dispatch", fontsize=11)
    for axes in (left, right):
        _logarithmic(axes, sizes)
        axes.axhline(4, color="black", lw=1, ls="--")
        axes.legend(loc="upper left", frameon=False, fontsize=9)
    left.annotate("bound: 4", (sizes[-1], 4), (0, 4), textcoords="offset points", ha="right", fontsize=9)
    return figure


def _logarithmic(axes: Axes, sizes: Sequence[int]) -> None:
    """Logarithmic axes with plain numbers, n at the sizes that do not crowd."""
    axes.set(xscale="log", yscale="log", xlabel="number of components n")
    shown = list(sizes[:1])
    for n in sizes:
        if n > 1.35 * shown[-1]:
            shown.append(n)
    axes.set_xticks(shown, map(str, shown))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#eceff3", lw=0.8)
    axes.set_axisbelow(True)
