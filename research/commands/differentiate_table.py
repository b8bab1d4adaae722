"""The tables of `differentiate`: a mode a row, its figures above, and beneath them how often the plain function's."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from research.commands.differentiate_modes import Section
from research.commands.differentiate_rows import MEASURES, Row
from research.commands.differentiate_subjects import Subject

THOUSANDS = (("", 1), (" k", 1e3), (" M", 1e6), (" G", 1e9), (" T", 1e12), (" P", 1e15), (" E", 1e18))
TIMES = (("ns", 1e-9), ("µs", 1e-6), ("ms", 1e-3), ("s", 1), ("min", 60), ("h", 3600), ("days", 86400))
HEADS = {"operations": "operations", "macs": "MACs", "memory": "memory", "compile": "compile", "run": "run"}


def show(section: Section, beside: Row, rows: Sequence[Row], console: Console) -> None:
    """Prints one section: the plain function first; the mode with the fewest operations in green."""
    table = Table(box=box.SIMPLE_HEAD, padding=0, pad_edge=False, show_edge=False)
    table.add_column("mode", width=max(24, min(42, console.width - 52)))  # so that sections stand in line
    for name in MEASURES:
        table.add_column(HEADS[name], justify="right", no_wrap=True, min_width=9)
    console.print(section.title, style="bold", highlight=False, markup=False)
    first = fewest(rows)
    for row in (beside, *rows):
        label = escape(row.label) + ("" if row.whole or not row.possible else " *")
        label = f"[bold green]{label}[/]" if row is first else f"[bold]{label}[/]"
        note = f"\n[dim]{escape(row.note)}[/]" if row.note else ""
        table.add_row(label + note, *(_cell(name, row, beside) for name in MEASURES))
    console.print(table)


def fewest(rows: Sequence[Row]) -> Row | None:
    """Of the modes that give the whole of what is asked for, the one with the fewest operations."""
    counted = [row for row in rows if row.whole and row.operations is not None]
    return min(counted, key=lambda row: row.operations or 0, default=None)


def ratio(name: str, row: Row, beside: Row) -> float | None:
    """How often the plain function's; None where either is unknown, or the function's is 0."""
    value, unit = getattr(row, name), getattr(beside, name)
    return None if value is None or not unit else value / unit


def conclusion(section: Section, subject: Subject, beside: Row, rows: Sequence[Row]) -> str:
    """What wins, and why: the numbers of sweeps."""
    first = fewest(rows)
    said = []
    if first is not None and (factor := ratio("operations", first, beside)) is not None:
        said.append(f"Fewest operations: {first.label}, {times(factor).replace('x', 'times')} those of {beside.label}.")
    if section.name == "gradient":
        said.append(_gradient(subject, rows))
    if section.name == "second" and first is not None:
        said.append(f"The matrix H, {subject.n:,} x {subject.n:,}, is never formed.")
    if section.name == "jacobian":
        m, n, what = subject.m, section.args[0].size, "input" if subject.is_network else "argument"
        said.append(f"Reverse makes a sweep for each value, {m:,}; forward for each {what}, {n:,}.")
    return " ".join(said)


def _gradient(subject: Subject, rows: Sequence[Row]) -> str:
    what, forward = "weight" if subject.is_network else "argument", counted(subject.n, "sweep")
    impossible = {row.word for row in rows if not row.possible}
    if "reverse" in impossible:
        return f"Without reverse mode the gradient takes a sweep forward for each {what}: {forward}."
    if "forward" in impossible:
        return f"One sweep back gives the slope of every {what}."
    return f"One sweep back gives the slope of every {what}; a sweep forward gives one: {forward}."


def counted(number: int, what: str) -> str:
    """As 1 sweep, 9,760 sweeps."""
    return f"{number:,} {what}" + "s" * (number != 1)


def times(factor: float) -> str:
    """As 1.24 x, 25.1 x, 25,108 x, 1.24e6 x."""
    digits = 2 if factor < 10 else 1 if factor < 100 else 0
    return f"{factor:,.{digits}f} x" if factor < 1e6 else f"{factor:.2e} x".replace("e+0", "e").replace("e+", "e")


def figure(name: str, value: int | float | None) -> str:
    """A number with its unit."""
    if value is None:
        return "-"
    if name in ("compile", "run"):
        unit, size = max((t for t in TIMES if t[1] <= value), key=lambda t: t[1], default=TIMES[0])
        return f"{_three(value / size)} {unit}"
    if value < 10_000:
        return f"{value:,.0f}" + (" B" if name == "memory" else "")
    unit, size = max((t for t in THOUSANDS if t[1] <= value), key=lambda t: t[1])
    return f"{_three(value / size)}{unit}" + ("B" if name == "memory" else "")


def _three(value: float) -> str:
    return f"{value:,.{2 if value < 10 else 1 if value < 100 else 0}f}"


def _cell(name: str, row: Row, beside: Row) -> str:
    text = figure(name, getattr(row, name)) + ("+" if name == "operations" and row.uncounted else "")
    factor = ratio(name, row, beside)
    return text if row is beside or factor is None else f"{text}\n[dim]{times(factor)}[/]"
