"""The pictures of `memory_by_depth`."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from research.autodiff.exponents import Exponent
from research.experiments.threshold_units_figures import INK, QUIET, tidy

MIB = 2**20
LINES = {
    "reverse": ("reverse mode keeps every layer", "#c8553d", "s"),
    "segments": ("reverse mode in segments, the best length", INK, "o"),
    "forward": ("forward mode keeps none", "#8a8f98", "^"),
}


def memory(depths: Sequence[int], held: Mapping[str, Sequence[int]], fitted: Mapping[str, Exponent]) -> Figure:
    """Bytes against depth, both logarithmic: one line a method, each with its fitted exponent."""
    figure = Figure(figsize=(6.8, 4.6), layout="constrained")
    axes = figure.subplots()
    for name, (label, color, marker) in LINES.items():
        value, low, high = fitted[name]
        label = f"{label}: $L^{{{value:.2f} \\pm {(high - low) / 2:.2f}}}$"
        axes.plot(depths, [n / MIB for n in held[name]], marker=marker, ms=5, lw=1.6, color=color, label=label)
    axes.set_title("What a derivative holds while it is computed", fontsize=11)
    axes.set(ylabel="temporary memory, MiB")
    _logarithmic(axes, depths, "layers L")
    axes.legend(frameon=False, fontsize=9)
    return figure


def segments(depth: int, held: Mapping[int, int], reverse: int, layer: int, arrays: float) -> Figure:
    """Bytes against the length of the segments at one depth, with what is predicted.

    Args:
        depth: L.
        held: bytes of reverse mode by the length of segments.
        reverse: bytes of reverse mode without segments.
        layer: bytes of a layer's activations.
        arrays: c, arrays of that size that a layer stores.
    """
    figure = Figure(figsize=(6.8, 4.6), layout="constrained")
    axes = figure.subplots()
    lengths = sorted(held)
    fine = np.geomspace(1, depth, 200)
    axes.axhline(reverse / MIB, color="#c8553d", lw=1, ls="--", label="without segments")
    axes.plot(lengths, [held[s] / MIB for s in lengths], "o", ms=6, color=INK, label="compiled")
    for c, style in ((arrays, "-"), (1, ":")):
        label = f"L / s + {f'{c:.3g} s' if c != 1 else 's'} layers: least at s = {(depth / c) ** 0.5:.3g}"
        axes.plot(fine, (depth / fine + c * fine) * layer / MIB, style, color=QUIET, lw=1.6, zorder=1, label=label)
    axes.axvline(depth**0.5, color=INK, lw=0.8, ls=":")
    axes.annotate(
        rf"$\sqrt{{L}}$ = {depth**0.5:g}", (depth**0.5, 0.03), xycoords=("data", "axes fraction"),
        xytext=(5, 0), textcoords="offset points", color=INK,
    )  # fmt: skip
    axes.set_title(f"Reverse mode of {depth} layers: short segments or long ones", fontsize=11)
    axes.set(ylabel="temporary memory, MiB")
    _logarithmic(axes, lengths, "layers a segment s")
    axes.set_ylim(0.6 * 2 * depth**0.5 * layer / MIB, 8 * reverse / MIB)
    axes.legend(frameon=False, fontsize=9, loc="upper center", ncols=2)
    return figure


def _logarithmic(axes: Axes, sizes: Sequence[int], label: str) -> None:
    axes.set(xscale="log", yscale="log", xlabel=label)
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.xaxis.minorticks_off()
    tidy(axes)
