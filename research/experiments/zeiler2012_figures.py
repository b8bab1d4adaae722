"""Pictures of `zeiler2012`: both tables beside the paper's, and how the best setting of each rule learns."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter, MaxNLocator

from research.claims import Run
from research.experiments import zeiler2012_grid as grid

LABELS = {"sgd": "SGD", "momentum": "Momentum", "adagrad": "Adagrad", "adadelta": "Adadelta"}
COLOURS = {"sgd": "tab:grey", "momentum": "tab:orange", "adagrad": "tab:green", "adadelta": "tab:blue"}
SCALE = LogNorm(1.5, 90)
"""Error in %: from below the paper's best to that of guessing."""


def draw(out: Run, measured: Mapping[str, np.ndarray], steps_a_pass: int) -> None:
    """Writes the figures `tables` and `learning`.

    Args:
        out: the run.
        measured: what `run` measures.
        steps_a_pass: steps of one pass.
    """
    out.figure("tables", tables(measured))
    out.figure("learning", learning(out.folder / "metrics.jsonl", measured, steps_a_pass))


def tables(measured: Mapping[str, np.ndarray]) -> Figure:
    """The paper's two tables and ours, one colour scale for all; a member that froze is marked."""
    figure = Figure(figsize=(9.2, 5.4), layout="constrained")
    panels = figure.subplots(2, 2, height_ratios=(5, 4))
    rates, epsilons = (tuple(map(grid.power, values)) for values in (grid.RATES, grid.EPSILONS))
    first = [grid.cells(rule, 0.0) for rule in grid.TABLE_1]
    adadelta = grid.cells("adadelta", 0.0)
    second = [adadelta[place : place + len(epsilons)] for place in range(0, len(adadelta), len(epsilons))]
    for row, columns, names, down, what in (
        (panels[0], first, [LABELS[rule] for rule in grid.TABLE_1], rates, "rate"),
        (panels[1], second, [f"Adadelta, ρ {rho}" for rho in grid.RHOS], epsilons, "ε"),
    ):
        paper = np.array([[cell.paper for cell in column] for column in columns]).T
        ours = np.array([[measured[cell.name].mean() for cell in column] for column in columns]).T
        frozen = np.array([[(measured[f"{cell.name}_stopped"] >= 0).any() for cell in column] for column in columns]).T
        for axes, errors, marks in zip(row, (paper, ours), (np.zeros_like(frozen), frozen), strict=True):
            _table(axes, errors, marks, names, down)
            axes.set_ylabel(what)
    seeds = len(measured["best_sgd"])
    panels[0, 0].set_title("Zeiler 2012", fontsize=11)
    panels[0, 1].set_title("ours" + (f", mean of {seeds} seeds" if seeds > 1 else ""), fontsize=11)
    bar = figure.colorbar(panels[0, 0].images[0], ax=panels, shrink=0.8, pad=0.02)
    bar.set_ticks([2, 3, 5, 10, 20, 50, 90], labels=["2", "3", "5", "10", "20", "50", "90"])
    bar.minorticks_off()
    bar.set_label("test error, %")
    figure.suptitle("Test error on MNIST: four rules over decades of their constants", fontsize=12)
    if any((measured[f"{cell.name}_stopped"] >= 0).any() for column in (*first, *second) for cell in column):
        figure.supxlabel("* a seed or more diverged and stopped at its last finite weights", fontsize=8)
    return figure


def _table(axes: Axes, errors: np.ndarray, marks: np.ndarray, names: Sequence[str], down: Sequence[str]) -> None:
    axes.imshow(errors, cmap="viridis_r", norm=SCALE, aspect="auto")
    for (row, column), error in np.ndenumerate(errors):
        best = error == errors[:, column].min()
        axes.text(column, row, f"{error:.2f}" + "*" * bool(marks[row, column]), ha="center", va="center", fontsize=9,
                  color="white" if error > 14 else "black", fontweight="bold" if best else "normal")  # fmt: skip
    axes.set_xticks(range(len(names)), names, fontsize=9)
    axes.set_yticks(range(len(down)), down, fontsize=9)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def learning(metrics: Path, measured: Mapping[str, np.ndarray], steps_a_pass: int) -> Figure:
    """Test error after each pass for the best setting of each rule: every seed a thin line, their mean a thick one.

    Args:
        metrics: `metrics.jsonl` of the run.
        measured: what `run` measures.
        steps_a_pass: steps of one pass.
    """
    lines = [json.loads(line) for line in metrics.read_text().splitlines()]
    figure = Figure(figsize=(6.4, 4), layout="constrained")
    axes = figure.subplots()
    for rule, label in LABELS.items():
        best = min(grid.cells(rule, 0.0), key=lambda cell: measured[cell.name].mean())
        seeds = len(measured[best.name])
        curves = [
            [(line["step"] / steps_a_pass, 100 * line[key]) for line in lines if key in line]
            for key in (f"{best.name} of seed {seed}" for seed in range(seeds))
        ]
        passes, errors = np.moveaxis(np.array(curves), 2, 0)
        axes.plot(passes.T, errors.T, color=COLOURS[rule], lw=0.7, alpha=0.4)
        text = f"{label}, {_values(best)}: {errors[:, -1].mean():.2f} in the end"
        axes.plot(passes[0], errors.mean(axis=0), "o-", color=COLOURS[rule], ms=4, label=text)
    axes.set(xlabel="pass", ylabel="test error, %", yscale="log")
    axes.set_xlim(left=0)
    axes.set_title("The best setting of each rule", fontsize=11)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(LogFormatter())
    axes.yaxis.set_minor_formatter(LogFormatter())
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#eceff3", lw=0.8)
    axes.set_axisbelow(True)
    axes.legend(frameon=False, fontsize=9)
    return figure


def _values(cell: grid.Setting) -> str:
    if "rho" in cell.values:
        return f"ρ {cell.values['rho']:g}, ε {grid.power(cell.values['eps'])}"
    return f"rate {grid.power(cell.values['learning_rate'])}"
