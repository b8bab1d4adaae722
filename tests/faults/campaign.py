"""The campaign of faults: kills, damaged data files, bad commands, and what else may happen to a work; it counts.

    python tests/faults/campaign.py                       all of it; status 1 if anything was lost
    python tests/faults/campaign.py --kills 20 --seed 7   fewer kills, other moments
    python tests/faults/campaign.py --only kills          one part; kills takes longest

The tests of this folder call the same functions with small numbers.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import neighbours

os.environ |= {"JAX_PLATFORMS": "cpu", "MPLBACKEND": "Agg", "TF_CPP_MIN_LOG_LEVEL": "3"}

import logging

import damaged
import hindered
import kills
import misuse
import others
import tyro
import works
from rich.console import Console
from rich.table import Table

from research.commands.console import bar

Part = Literal["kills", "damage", "misuse", "hindered", "others"]
SHARES = dict.fromkeys(works.WORKS, 1 / len(works.WORKS))
Row = tuple[str, int, str, list[str]]
console = Console()


def killed(number: int, seed: int, folder: Path) -> Iterator[Row]:
    """SIGKILLs at random moments of each work."""
    with kills.server() as ask:
        for work, share in SHARES.items():
            count = round(share * number)
            with bar(console, f"killing {work}", count) as advance:
                done = kills.kill(ask, work, count, folder, seed, lambda more: advance(more, ""))
            yield f"SIGKILL, {work}", done.hits, f"hits of {done.kills} kills; {done.ends} times let go on", done.lost


def damaged_files(number: int, seed: int) -> Iterator[Row]:
    """Damaged data files."""
    with bar(console, "damaging files", number) as advance:
        done = damaged.damaged(number, seed, lambda more: advance(more, ""))
    peak = f"{done.peak / 2**20:.0f} MiB at most"
    yield (
        "damaged data files",
        done.files,
        f"{done.refused} refused, {done.whole} whole all the same, {peak}",
        done.lost,
    )


def misused(number: int, seed: int) -> Iterator[Row]:
    """Bad commands."""
    with bar(console, "bad commands", number) as advance:
        done = misuse.misused(number, seed, lambda more: advance(more, ""))
    yield "bad commands and configs", done.commands, f"{done.lines} lines, {done.boxes} boxes, status 2", done.lost


def hindrances(number: int, seed: int, folder: Path) -> Iterator[Row]:
    """A full disk, a folder that is only read, a limit on the size of files."""
    with kills.server() as ask:
        for by in ("full", "read only", "limit"):
            tried, refused, lost, said = 0, 0, [], ""
            for work in works.WORKS:
                with bar(console, f"{work}, {by}", number) as advance:
                    try:
                        done = hindered.hinder(
                            ask, work, number, folder / by / work, seed, by, lambda n: advance(n, "")
                        )
                    except hindered.NotPermitted as error:
                        said = f"; not tried: {error}"
                        continue
                tried, refused, lost = tried + done.tried, refused + done.refused, lost + done.lost
            names = {"full": "full disk", "read only": "read-only folder", "limit": "limit on a file's size"}
            yield names[by], tried, f"{refused} refused with status 2{said}", lost


def other_faults(folder: Path) -> Iterator[Row]:
    """Those that happen once."""
    with kills.server() as ask:
        for fault in others.FAULTS:
            name = fault.__name__.replace("_", " ")
            console.print(name)
            yield name, 1, "", fault(ask, folder / fault.__name__)


def main(
    only: tuple[Part, ...] = (),
    kills: int = 100,
    files: int = 200,
    commands: int = 1000,
    hindrances_each: int = 5,
    seed: int = 0,
) -> int:
    """Counts what is lost to faults, and prints a table; the status is 1 where anything was.

    Args:
        only: parts of it: kills; damage to data files; misuse, bad commands and configs; hindered, by a full disk, a
            read-only folder or a limit on files; others, which happen once. All without.
        kills: SIGKILLs that hit a work, over all works.
        files: damaged data files.
        commands: bad commands and configs.
        hindrances_each: times that each work meets a full disk, a read-only folder and a limit on files.
        seed: of all moments, damages and commands.
    """
    logging.disable(logging.WARNING)
    started, rows = time.monotonic(), []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parts = {
            "kills": killed(kills, seed, folder / "kills"),
            "damage": damaged_files(files, seed),
            "misuse": misused(commands, seed),
            "hindered": hindrances(hindrances_each, seed, folder / "hindered"),
            "others": other_faults(folder / "others"),
        }
        for part, made in parts.items():
            if not only or part in only:
                rows.extend(made)
    show(rows, time.monotonic() - started)
    return int(any(lost for *_, lost in rows))


def show(rows: list[Row], seconds: float) -> None:
    """A line for each thing lost, then the table of counts."""
    table = Table("fault", "tried", "what happened", "lost", title=f"faults, {seconds:.0f} s")
    for what, tried, happened, lost in rows:
        table.add_row(what, f"{tried:,}", happened, str(len(lost)), style="red" if lost else None)
        for line in lost:
            text = f"lost: {what}: {line}".encode("utf-8", "backslashreplace").decode()
            console.print(text, style="red", markup=False, soft_wrap=True)
    console.print(table)
    console.print("Something was lost." if any(lost for *_, lost in rows) else "Nothing was lost.")


if __name__ == "__main__":
    os.environ |= {"PYTHONPATH": os.pathsep.join(neighbours.PATH)}
    sys.exit(tyro.cli(main, description=__doc__))
