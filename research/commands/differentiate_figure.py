"""The figure of `differentiate`: bars of operations, memory and time over the plain function's, on a log scale."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from research.commands.differentiate_modes import Section
from research.commands.differentiate_rows import Row
from research.commands.differentiate_table import ratio, times

MEASURES = {"operations": "operations", "memory": "temporary memory", "run": "run time"}
FAMILIES = {
    "tab:blue": ("reverse", "rematerialised", "reverse-batched"),
    "tab:orange": ("forward", "forward-gradient", "forward-batched", "linearized"),
    "tab:grey": ("differences",),
    "tab:purple": ("hessian", "gauss-newton"),
    "tab:red": ("paths",),
}
COLOURS = {word: colour for colour, words in FAMILIES.items() for word in words}
ROOM = 40.0
"""The axis goes on this many times beyond the longest bar, for its number."""


def draw(name: str, compared: Sequence[tuple[Section, Row, list[Row]]]) -> Figure:
    """A row of panels a derivative, a panel a measure; what cannot be had is written where its bars would be."""
    heights = [len(rows) + 0.5 for _, _, rows in compared]
    figure = Figure(figsize=(10.5, 0.3 * sum(heights) + 0.9 * len(compared) + 0.5), layout="constrained")
    panels = figure.subplots(len(compared), len(MEASURES), squeeze=False, height_ratios=heights, sharex="col")
    for across, (section, beside, rows) in zip(panels, compared, strict=True):
        for axes, (measure, title) in zip(across, MEASURES.items(), strict=True):
            _bars(axes, measure, beside, rows)
            axes.set_xlabel(f"{title}, times {beside.label}'s", fontsize=8)
            axes.set_yticks(range(len(rows)), [row.label for row in rows] if axes is across[0] else [""] * len(rows))
            axes.tick_params(axis="y", labelsize=8, length=0)
        for place, row in enumerate(rows):
            if not row.possible:
                _write(across[0], row.note, 1, place, "grey")
        title = across[0].set_title(section.title, fontsize=9, loc="left", fontweight="bold")
        title.set_in_layout(False)  # it goes on over the next panel
    for axes, measure in zip(panels[0], MEASURES, strict=True):
        factors = [ratio(measure, row, beside) or 1 for _, beside, rows in compared for row in rows]
        axes.set_xlim(min(0.8, *factors, 1), max(*factors, 10) * ROOM)  # shared by the panels below
    figure.suptitle(f"{name}: what a derivative costs in each mode (log scale)", fontsize=11)
    return figure


def _bars(axes: Axes, measure: str, beside: Row, rows: Sequence[Row]) -> None:
    axes.set_xscale("log")
    for place, row in enumerate(rows):
        factor = ratio(measure, row, beside)
        if factor is not None:
            axes.barh(place, factor - 1, left=1, color=COLOURS[row.word], height=0.7)
            _write(axes, times(factor), max(factor, 1), place)
        elif row.possible:
            _write(axes, "not measured", 1, place, "grey")
    axes.axvline(1, color="black", lw=0.8)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.xaxis.set_major_locator(LogLocator(10, numticks=6))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(_tick))
    axes.tick_params(axis="x", labelsize=7, labelbottom=True)


def _write(axes: Axes, text: str, x: int | float, place: int, colour: str = "black") -> None:
    axes.annotate(
        text, (x, place), (4, 0), textcoords="offset points", va="center", fontsize=7, color=colour,
        annotation_clip=False,
    ).set_in_layout(False)  # fmt: skip


def _tick(x: float, _: int | None) -> str:
    return f"{x:,g}" if x < 1e6 else f"$10^{{{math.log10(x):.0f}}}$"
