"""The picture of `modes_by_shape`: the map of shapes with the line on which forward and reverse mode cost the same."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patheffects import withStroke

FORWARD, REVERSE = "#c8553d", "#1f3a5f"
COLOURS = LinearSegmentedColormap.from_list("modes", [FORWARD, "white", REVERSE])


def crossing(
    sizes: Sequence[int], ratio: np.ndarray, crossings: np.ndarray, shapes: np.ndarray, timed: np.ndarray
) -> Figure:
    """The crossing plot: the map of operations with the measured crossing, and a cut across it with times.

    Args:
        sizes: numbers of inputs and of outputs.
        ratio: log2 of operations, forward over reverse, (inputs, outputs).
        crossings: for each number of outputs the number of inputs at which the modes cost the same.
        shapes: inputs and outputs of the shapes of the cut, (shapes, 2).
        timed: log2 of operations and of times at these shapes, forward over reverse, (shapes, 2).
    """
    figure = Figure(figsize=(12, 5.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
    limit = max(1.0, np.abs(ratio).max())
    image = _map(left, sizes, ratio, limit)
    places = np.interp(np.log2(crossings), np.log2(sizes), np.arange(len(sizes)))
    left.plot(places, np.arange(len(sizes)), "o-", color="black", ms=5, lw=1.5)
    last, halo = len(sizes) - 1, [withStroke(linewidth=3, foreground="white")]
    for x, y, text, turn, size in (
        (0.26, 0.78, "forward mode wins:\nfew inputs", 0, 13),
        (0.74, 0.26, "reverse mode wins:\nfew outputs", 0, 13),
        (0.46, 0.54, "both cost the same", 45, 11),
        (0.5, 0.0, "one output: a loss and its gradient", 0, 10),
    ):
        where = {"ha": "center", "va": "center", "rotation": turn, "rotation_mode": "anchor"}
        left.text(x * last, y * last, text, fontsize=size, path_effects=halo, **where)
    left.set_title("Operations of the Jacobian, forward over reverse mode", fontsize=11)
    bar = figure.colorbar(image, ax=left, shrink=0.85, pad=0.02)
    marks = [k for k in range(-12, 13, 3) if abs(k) <= limit]
    bar.set_ticks(marks, labels=list(map(_factor, marks)))
    _cut(right, shapes, timed)
    return figure


def _cut(axes: Axes, shapes: np.ndarray, timed: np.ndarray) -> None:
    """The same across the diagonal, operations and times, over n / m."""
    at = np.log2(shapes[:, 0] / shapes[:, 1])
    axes.axhline(0, color="black", lw=1)
    axes.axvline(0, color="black", lw=1)
    axes.plot(at, timed[:, 0], "o-", color="black", label="operations")
    axes.plot(at, timed[:, 1], "s:", color="#8a8f98", label="times here, calls of microseconds")
    low, high = (int(f(timed)) for f in (lambda x: np.floor(x.min()), lambda x: np.ceil(x.max())))
    axes.axhspan(min(low, -1), 0, color=FORWARD, alpha=0.12, lw=0)
    axes.axhspan(0, max(high, 1), color=REVERSE, alpha=0.12, lw=0)
    axes.set_xticks(at, [f"{n} : {m}" for n, m in shapes.tolist()])
    marks = range(min(low, -1), max(high, 1) + 1, max(1, (high - low) // 8))
    axes.set_yticks(marks, list(map(_factor, marks)))
    axes.set(xlabel="inputs : outputs", ylabel="forward mode / reverse mode")
    axes.set_title("Across the diagonal", fontsize=11)
    axes.legend(loc="upper left", frameon=False, fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)


def _map(axes: Axes, sizes: Sequence[int], ratio: np.ndarray, limit: float) -> AxesImage:
    """One map, inputs to the right and outputs upwards."""
    image = axes.imshow(ratio.T, origin="lower", cmap=COLOURS, vmin=-limit, vmax=limit)
    axes.set_xticks(range(len(sizes)), map(str, sizes))
    axes.set_yticks(range(len(sizes)), map(str, sizes))
    axes.set(xlabel="inputs n", ylabel="outputs m")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return image


def _factor(power: int) -> str:
    return f"{2**power}" if power >= 0 else f"1/{2**-power}"
