"""`compare`: two runs side by side: what differs in how they were made, what they measured, how they learnt."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from research.commands import figures
from research.figures import COLOURS
from research.ledger.records import plain
from research.ledger.runs import BadRun, Loaded, load

Curves = Mapping[tuple[str, str], list[tuple[int, float]]]
"""(training, quantity) -> (steps done, value) of each metric line."""


def compare(left: str, right: str, figure: Path | None, workdir: Path, console: Console) -> int:
    """Prints three tables: differences, measurements, the last values of the curves.

    Raises:
        BadRun: no such run, one that has not ended, or a figure of runs that have no curve in common.
    """
    figures.check(figure)
    runs = load(left, workdir), load(right, workdir)
    for run in runs:
        _require_end(run)
    curves = _curves(runs[0]), _curves(runs[1])
    common = [key for key in curves[0] if key in curves[1]]
    if figure is not None and not common:
        raise BadRun("--figure: these runs have no learning curve in common")
    for side, run in zip(("left", "right"), runs, strict=True):
        console.print(f"{side + ':':6} {run.folder}", highlight=False, markup=False, soft_wrap=True)
    console.print(_differences(*runs) or "They were made alike: same config, seeds, versions, program and data.")
    console.print(_measurements(*runs) or "They have no measured quantity in common.", highlight=False)
    for side, (run, other) in zip(("left", "right"), (runs, runs[::-1]), strict=True):
        if alone := sorted(run.measurements.keys() - other.measurements.keys()):
            console.print(f"measured {side} only: {', '.join(alone)}", highlight=False, soft_wrap=True)
    console.print(_last_values(*curves) or "They left no learning curves.")
    if figure is not None:
        figures.write(_draw(*curves, common), figure)
        console.print(f"{figure} shows the learning curves.", highlight=False, soft_wrap=True)
    elif common:
        console.print("Next: --figure PATH.png draws the learning curves one over the other")
    return 0


def _require_end(run: Loaded) -> None:
    if run.finished:
        return
    stand = {line["train"]: line["step"] for line in run.metrics if "train" in line and "step" in line}
    last = ", ".join(f"{name} at step {step}" for name, step in stand.items()) or "no step is logged"
    raise BadRun(f"{run.folder} is unfinished ({last}); the command that began it goes on where it stood")


def _differences(left: Loaded, right: Loaded) -> Table | None:
    """What differs of name, config, seeds, versions and fingerprint; a field of one alone stands beside a dash."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("differs", "left", "right"):
        table.add_column(column, overflow="fold")
    sides = _made(left), _made(right)
    for name in dict.fromkeys([*sides[0], *sides[1]]):
        texts = [escape(str(side.get(name, "-"))) for side in sides]
        if texts[0] != texts[1]:
            table.add_row(name, *texts)
    return table if table.row_count else None


def _made(run: Loaded) -> dict[str, Any]:
    return (
        {"name": run.name, "experiment": run.experiment.__name__.rpartition(".")[2]}  # type: ignore[attr-defined]
        | plain(run.config)
        | {"seeds": run.seeds}
        | {f"version of {name}": version for name, version in run.versions.items()}
        | {f"digest of the {name}": digest[:12] for name, digest in run.fingerprint.items()}
    )


def _measurements(left: Loaded, right: Loaded) -> Table | None:
    """Mean and standard deviation over seeds of what both measured, and the difference of the means."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("measured")
    for column in ("left", "right", "right - left"):
        table.add_column(column, justify="right", no_wrap=True)
    for quantity in (quantity for quantity in left.measurements if quantity in right.measurements):
        values = left.measurements[quantity], right.measurements[quantity]
        difference = float(values[1].mean() - values[0].mean())
        table.add_row(escape(quantity), *map(_spread, values), _number(difference, "+"))
    return table if table.row_count else None


def _number(value: float, sign: str = "") -> str:
    return f"{value:{sign},.0f}" if abs(value) < 1e15 and value == round(value) else f"{value:{sign}.4g}"


def _spread(values: np.ndarray) -> str:
    return _number(values.mean()) + (f" ± {values.std(ddof=1):.2g}" if values.size > 1 else "")


def _curves(run: Loaded) -> Curves:
    """Every logged number of every training; the lowest and highest of the seeds are left out."""
    curves: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for line in run.metrics:
        for name, value in line.items() if "train" in line and "step" in line else ():
            known = name in ("train", "step") or name.endswith(("_low", "_high"))
            if not known and isinstance(value, int | float):
                curves.setdefault((line["train"], name), []).append((line["step"], value))
    return curves


def _last_values(left: Curves, right: Curves) -> Table | None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("training")
    table.add_column("last of")
    for column in ("left", "at step", "right", "at step"):
        table.add_column(column, justify="right", no_wrap=True)
    for training, quantity in dict.fromkeys([*left, *right]):
        ends = [side.get((training, quantity), [(None, math.nan)])[-1] for side in (left, right)]
        cells = [("-", "-") if step is None else (f"{value:.4g}", str(step)) for step, value in ends]
        table.add_row(escape(training), escape(quantity), *cells[0], *cells[1])
    return table if table.row_count else None


def _draw(left: Curves, right: Curves, common: list[tuple[str, str]]) -> Figure:
    """A panel a quantity, a colour a training; left drawn whole, right dashed."""
    quantities = list(dict.fromkeys(quantity for _, quantity in common))
    across = min(2, len(quantities))
    down = -(-len(quantities) // across)
    figure = Figure(figsize=(5.2 * across, 3.2 * down + 0.4), layout="constrained")
    panels = list(np.atleast_1d(figure.subplots(down, across)).flat)
    for axes in panels[len(quantities) :]:
        axes.set_axis_off()
    for quantity, axes in zip(quantities, panels, strict=False):
        trainings = [training for training, of in common if of == quantity]
        for place, training in enumerate(trainings):
            for side, curves, style in (("left", left, "-"), ("right", right, "--")):
                steps, values = zip(*curves[training, quantity], strict=True)
                marker = {"marker": "o" if len(steps) == 1 else ".", "color": COLOURS[place % len(COLOURS)]}
                axes.plot(steps, values, style, label=f"{training}, {side}", lw=1.2, ms=4, **marker)
        positive = all(value > 0 for _, value in _points(left, right, trainings, quantity))
        axes.set(xlabel="step", title=quantity, yscale="log" if positive else "linear")
        axes.locator_params(axis="x", nbins=5)
        axes.legend(frameon=False, fontsize=7)
    return figure


def _points(left: Curves, right: Curves, trainings: list[str], quantity: str) -> Iterator[tuple[int, float]]:
    for curves in (left, right):
        for training in trainings:
            yield from curves[training, quantity]
