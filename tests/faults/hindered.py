"""Works on a full disk and in a folder that is only read: one line that says so, status 2, nothing half written, and
once there is room again the same bits."""

import contextlib
import os
import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import kills
import works

SIZE = 24 * 2**20
"""Bytes of the small disk: more than any work needs."""


class NotPermitted(Exception):
    """Mounting a file system is for root."""


class Hindered(NamedTuple):
    """What a number of hindrances did.

    Args:
        tried: how many works were hindered.
        refused: of these, that ended with one line and status 2; the others had room enough.
        lost: what went wrong, one line each.
    """

    tried: int
    refused: int
    lost: list[str]


@contextlib.contextmanager
def disk(folder: Path) -> Iterator[Path]:
    """A disk of 24 MiB of its own at `folder`.

    Raises:
        NotPermitted: not root, or no such right.
    """
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NotPermitted("mounting a small disk is for root") from error
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextlib.contextmanager
def full(folder: Path, left: int) -> Iterator[None]:
    """All of the disk but `left` bytes is taken, until the block ends."""
    filler = folder / ".filler"
    with filler.open("wb") as file:
        free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
        file.write(bytes(max(0, free - left)))
    try:
        yield
    finally:
        filler.unlink()


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """The disk is only read, until the block ends."""
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)


def hinder(
    ask: kills.Ask,
    work: str,
    times: int,
    folder: Path,
    seed: int,
    by: str,
    told: Callable[[int], None] = lambda _: None,
) -> Hindered:
    """Hinders a work `times` times, at random amounts of room, then lets it go on; `by` is full, read only or limit."""
    draw, lost, refused = random.Random(f"{work} {seed} {by}"), [], 0
    old, new, _ = kills.expected(ask, work, folder)
    need = max(len(content) for content in new.values())
    with contextlib.nullcontext(folder) if by == "limit" else disk(folder / "disk") as root:
        place = root / "place" / "work"
        works.begin(work, place)
        for number in range(times):
            room = 0 if number == 0 else int(draw.uniform(0, 1) ** 3 * 2 * need)
            came = _hindered(ask, work, place, root, by, room)
            where = f"{work}, {by}, {room} bytes left"
            lost += [f"{where}: {fault}" for fault in [*_answer(came), *kills.faults(work, place, old, new)]]
            refused += came["code"] == 2
            told(1)
        lost += [f"{work}, {by}, with room again: {fault}" for fault in kills.went_on(ask, work, place, new)]
    return Hindered(times, refused, lost)


def _hindered(ask: kills.Ask, work: str, place: Path, root: Path, by: str, room: int) -> dict[str, Any]:
    if by == "limit":
        return ask(work, place, limit=room + 4096)  # room for the line that says so
    with full(root, room) if by == "full" else read_only(root):
        return ask(work, place)


def _answer(came: dict[str, Any]) -> list[str]:
    """What is wrong with the answer: it is done, or says so in one line and nothing else, with status 2.

    TensorStore's threads may print by themselves that the event loop to which they report the refusal is closed; where
    two do at once, their lines are mixed.
    """
    of_threads = (
        "Traceback (most recent call last):",
        "  ",
        "RuntimeError: Event loop is closed",
        "self._check_closed()",
    )
    lines = [line for line in came["errors"].splitlines() if line.strip()]
    said = [line for line in lines if not line.startswith(of_threads)]
    one = len(said) == 1 and said[0].startswith("error: ")
    if came["code"] == 0 or (came["code"] == 2 and one):
        return []
    return [f"status {came['code']}: {' | '.join(said)[-700:] or came['errors'][-700:]}"]
