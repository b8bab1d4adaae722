"""`differentiate`: operations, memory and time of every mode of differentiation, on one function."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from research.commands import differentiate_figure, figures
from research.commands.console import bar
from research.commands.differentiate_modes import WORDS, Section, sections
from research.commands.differentiate_rows import Row, along_paths, plain, row
from research.commands.differentiate_subjects import Subject, subject
from research.commands.differentiate_table import conclusion, counted, show
from research.experiments import BadConfig, UnknownName

Compared = tuple[Section, Row, list[Row]]


def differentiate(name: str, modes: Sequence[str], figure: Path | None, console: Console) -> int:
    """Prints a table a derivative: the gradient of the loss, second derivatives times a vector, the Jacobian.

    Raises:
        UnknownName: no such model, function or mode; the message names the nearest.
        BadConfig: a module that cannot be imported, arguments without values, modes of which nothing is asked.
        BadFunction: a function that raises, or has no derivative.
    """
    figures.check(figure)
    for word in modes:
        if word not in WORDS:
            raise UnknownName("mode", word, list(WORDS))
    of = subject(name)
    found = _compared(of, modes, console)
    if not found:
        raise BadConfig(f"--modes {' '.join(modes)}: {name} has one value, whose gradient is its Jacobian: add reverse")
    console.print(_introduction(of), highlight=False, markup=False, emoji=False)
    for section, beside, rows in found:
        console.print()
        show(section, beside, rows, console)
        console.print(conclusion(section, of, beside, rows), style="green", highlight=False, markup=False)
    console.print(f"\n{_legend(found)}", style="dim", highlight=False, markup=False)
    if figure is not None:
        figures.write(differentiate_figure.draw(name, found), figure)
        console.print(f"{figure} shows how often the plain function each mode costs.", highlight=False, soft_wrap=True)
        console.print("Next: python -m research differentiate FILE.py:FUNCTION    a function of yours", soft_wrap=True)
    else:
        console.print("Next: --figure PATH.png draws this; FILE.py:FUNCTION takes a function of yours", soft_wrap=True)
    return 0


def _compared(of: Subject, modes: Sequence[str], console: Console) -> list[Compared]:
    asked = sections(of, modes)
    walk = not modes or "paths" in modes
    total = sum(1 + len(s.modes) + (walk and s.name == "jacobian") for s in asked)
    found: list[Compared] = []
    with bar(console, "differentiate", total) as advance:
        for section in asked:
            again = section.name == "second" and found  # beside the loss, as the gradient
            beside = found[0][1] if again else plain(section)
            advance(1, beside.label)
            rows = []
            for mode in section.modes:
                rows.append(row(mode, section, beside))
                advance(1, mode.label)
            if walk and section.name == "jacobian":
                rows.append(along_paths(of))
                advance(1, "along paths")
            found.append((section, beside, rows))
    return found


def _introduction(of: Subject) -> str:
    values = counted(of.m, "value")
    if not of.is_network:
        loss = "; where a loss is asked for, their mean squared error from drawn targets" if of.has_targets else ""
        return f"{of.name}: {values} of {counted(of.n, 'argument')}, at their defaults{loss}."
    drawn = "first weights, example and targets drawn" if of.module is not None else "on one example, targets drawn"
    return f"{of.name}: {values}, {counted(of.n, 'weight')}; {drawn}. The loss is the mean squared error."


def _legend(found: Sequence[Compared]) -> str:
    text = (
        "Operations (with exp, tanh and their like) and MACs are counted on the program before it is compiled; memory "
        "is what the compiled one holds beside arguments and results; run is the median of several calls, of many "
        "equal sweeps that of one, multiplied. x: how often the first row."
    )
    rows = [row for _, beside, rows in found for row in (beside, *rows)]
    if any(row.possible and not row.whole for row in rows):
        text += " *: an estimate (|g|: length of the gradient), another product, or multiplications alone."
    if uncounted := sorted({name for row in rows for name in row.uncounted}):
        text += f" +: and what no count covers ({', '.join(uncounted)})."
    return text
