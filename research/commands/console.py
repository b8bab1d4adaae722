"""What a command takes and shows: the kinds of its words; progress bars on a terminal, plain lines elsewhere."""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

Name = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="NAME")]
Names = Annotated[tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="NAME ...")]
Folder = Annotated[Path, tyro.conf.arg(metavar="FOLDER")]
Switch = tyro.conf.FlagCreatePairsOff[bool]
console = Console()
Advance = Callable[[int, str], None]
SECONDS_BETWEEN_LINES = 10.0


@contextlib.contextmanager
def bar(console: Console, description: str, total: int) -> Iterator[Advance]:
    """A bar with the time left, moved by `advance(steps, note)`; without a terminal, a line every ten seconds."""
    if not console.is_terminal:
        yield _lines(console, description, total)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(
        *columns, TextColumn("left"), TimeRemainingColumn(), TextColumn("{task.fields[note]}"), console=console
    ) as progress:
        task = progress.add_task(description, total=total or None, note="")
        yield lambda steps, note: progress.update(task, advance=steps, note=note)


def _lines(console: Console, description: str, total: int) -> Advance:
    started, shown, done = time.monotonic(), time.monotonic(), 0

    def advance(steps: int, note: str) -> None:
        nonlocal shown, done
        done += steps
        now = time.monotonic()
        if done >= total or now - shown >= SECONDS_BETWEEN_LINES:
            shown = now
            console.print(f"{description}: {done}/{total} in {now - started:.0f} s {note}".rstrip(), highlight=False)

    return advance


@contextlib.contextmanager
def stages(console: Console) -> Iterator[Callable[[str, int, int], None]]:
    """A bar for work in stages, moved by `show(what, done, total)`, total 0 where unknown; else the stages' names."""
    if not console.is_terminal:
        seen: set[str] = set()
        yield lambda what, _done, _total: None if what in seen else (seen.add(what), console.print(what))[0]
        return
    with Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console) as progress:
        task = progress.add_task("", total=None)
        yield lambda what, done, total: progress.update(task, description=what, completed=done, total=total or None)
