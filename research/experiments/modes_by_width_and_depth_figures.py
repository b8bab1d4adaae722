"""The pictures of `modes_by_width_and_depth`."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from research.autodiff.exponents import Exponent
from research.experiments.modes_by_width_and_depth_networks import Paths
from research.experiments.threshold_units_figures import INK, tidy

LINES = {
    "paths_graph": ("multiplications along every path", "#c8553d", "s"),
    "differences_lowered": ("central differences", "#8a8f98", "^"),
    "forward_lowered": ("forward mode", "#e0a030", "D"),
    "reverse_lowered": ("reverse mode", INK, "o"),
}
PANELS = {
    "width": ("growing wide, few inputs a unit", "units N"),
    "chain": ("growing deep, one input a unit", "units N"),
    "dense": ("growing wide, every unit reads all,\nin all weights", "units a layer w"),
    "depth": ("growing deep, every unit reads all,\nin all weights", "layers d"),
}
POWERLESS = "depth_paths_graph"
"""The line that is no power law, and so has no slope."""


def operations(
    axes_of: Mapping[str, Sequence[int]],
    counted: Mapping[str, Mapping[str, Sequence[int]]],
    fitted: Mapping[str, Exponent],
) -> Figure:
    """Operations of all derivatives against size, one panel a way to grow, each line with its fitted exponent."""
    figure = Figure(figsize=(10.5, 8.4), layout="constrained")
    for axes, (row, (title, xlabel)) in zip(figure.subplots(2, 2).flat, PANELS.items(), strict=True):
        for name, (label, color, marker) in LINES.items():
            fit = fitted[f"{row}_{name}"]
            sizes, costs = axes_of[row], [float(number) for number in counted[row][name]]
            power = f"exponential, above {costs[0]:.0e}" if f"{row}_{name}" == POWERLESS else _power(fit)
            axes.plot(sizes, costs, marker=marker, ms=4.5, lw=1.6, color=color, label=f"{label}: {power}")
        _limits(axes, counted[row])
        axes.set_title(title, fontsize=11)
        axes.set(xlabel=xlabel, ylabel="operations")
        sizes = axes_of[row]
        axes.set_xticks(sizes, [str(size) for size in sizes], minor=False)
        axes.minorticks_off()
        axes.legend(frameon=False, fontsize=8.5, loc="upper left")
        tidy(axes)
    figure.suptitle("All partial derivatives of one output: what each method costs, and the power with which it grows")
    return figure


def paths(found: Paths, width: int, fan_in: int) -> Figure:
    """Numbers of paths against depth, logarithmic, on which exponentials are straight; beside them those of edges."""
    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = figure.subplots()
    depths = range(1, len(found.full) + 1)
    lines = {
        f"paths, a unit reads all {width}: x {width} a layer": (found.full, "#c8553d"),
        f"paths, a unit reads {fan_in} of {width}: x {fan_in} a layer": (found.sparse, "#e0a030"),
        f"edges, a unit reads all {width}: + {width**2} a layer": ([width**2 * d for d in depths], INK),
    }
    for label, (numbers, color) in lines.items():
        axes.plot(depths, [float(n) for n in numbers], "o-", ms=4, color=color, label=label)
    axes.set(yscale="log", xlabel="layers of edges", ylabel="number")
    axes.set_title("Paths multiply with every layer, edges add up", fontsize=11)
    axes.legend(frameon=False, fontsize=8.5)
    tidy(axes)
    return figure


def _power(fit: Exponent) -> str:
    return f"{fit.value:.2f} ± {(fit.high - fit.low) / 2:.2f}"


def _limits(axes: Axes, costs: Mapping[str, Sequence[int]]) -> None:
    """Logarithmic axes with room for the legend; what grows exponentially leaves through the top."""
    axes.set(xscale="log", yscale="log")
    shown = [number for name in LINES if name != "paths_graph" for number in costs[name]]
    axes.set_ylim(min(min(shown), *costs["paths_graph"]) / 2, max(shown) * 200)
