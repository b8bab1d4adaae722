"""SIGKILL at random moments of a work: what must hold after each, and after going on to the end."""

import contextlib
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import neighbours
import tiny
import works

from research.data import DataError, MissingData
from research.data.storage import load_described

IN_A_ROW = 4  # kills of one work before it may end
ATTEMPTS = dict.fromkeys(works.WORKS, 1) | {"train": 2}  # the first training compiles, and takes longer
Ask = Callable[..., dict[str, Any]]
Bits = dict[str, bytes]
_EXPECTED: dict[str, tuple[Bits, Bits, dict[str, Any]]] = {}
_COMPILED = tempfile.TemporaryDirectory()


class Killed(NamedTuple):
    """What a number of kills did.

    Args:
        kills: signals sent.
        hits: of these, before the work's end.
        ends: how often the work was let go on to its end afterwards.
        lost: what was lost, half written or left over, one line each.
    """

    kills: int
    hits: int
    ends: int
    lost: list[str]


@contextlib.contextmanager
def server() -> Iterator[Ask]:
    """A server of `mortal`: ask(work, folder, event=, delay=) does the work there, and kills it."""
    command = [sys.executable, str(Path(__file__).with_name("mortal.py"))]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=neighbours.environment(COMPILED=_COMPILED.name),
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == "ready\n", "the server of works did not start"

        def ask(work: str, folder: Path, **more: Any) -> dict[str, Any]:
            asked = {"work": f"works:{work}", "folder": str(folder), **more}
            process.stdin.write(json.dumps(asked) + "\n")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
            return json.loads(process.stdout.readline())  # type: ignore[union-attr]

        try:
            yield ask
        finally:
            process.stdin.close()


def kill(ask: Ask, work: str, kills: int, folder: Path, seed: int, told: Callable[[int], None]) -> Killed:
    """Hits a work `kills` times, at moments spread over its measured time and over its file events.

    The work is killed up to four times in a row, then let go on to its end; then it begins anew elsewhere.
    """
    draw = random.Random(f"{work} {seed}")
    ends, lost, sent, hits = 0, [], 0, 0
    old, new, whole = expected(ask, work, folder)
    while hits < kills and sent < 3 * kills:
        place, in_a_row, step = folder / work / f"place{ends}", 0, -1
        works.begin(work, place)
        while in_a_row < IN_A_ROW and hits < kills and sent < 3 * kills:
            how = draw.choice(("time", "event", "after an event"))
            event = draw.randint(1, max(1, whole["events"])) if how != "time" else 0
            delays = {
                "time": draw.uniform(0, whole["seconds"]),
                "event": 0.0,
                "after an event": 0.004 * draw.random() ** 3,
            }
            delay = delays[how]
            came = ask(work, place, event=event, delay=delay)
            sent, in_a_row = sent + 1, in_a_row + 1
            where = f"{work}, kill {sent} ({delay:.4f} s after event {event})"
            lost += [f"{where}: {fault}" for fault in faults(work, place, old, new)]
            step, before = max(newest(place), step), step
            lost += [f"{where}: checkpoint {before} is gone"] if newest(place) < before else []
            if not came["hit"]:
                lost += [f"{where}: {came['errors']}"] if came["code"] != -9 and came["code"] != 0 else []
                break
            hits += 1
            told(1)
        lost += [f"{work}, going on after kill {sent}: {fault}" for fault in went_on(ask, work, place, new)]
        ends += 1
    return Killed(sent, hits, ends, lost)


def expected(ask: Ask, work: str, folder: Path) -> tuple[Bits, Bits, dict[str, Any]]:
    """The files before a work and after it, and its time and file events; found once, by the last attempt."""
    for attempt in range(0 if work in _EXPECTED else ATTEMPTS[work]):
        place = folder / work / f"whole{attempt}"
        works.begin(work, place)
        old = bits(place)
        whole = ask(work, place)
        assert whole["code"] == 0, whole["errors"]
        _EXPECTED[work] = old, bits(place), whole
    (folder / work).mkdir(parents=True, exist_ok=True)
    return _EXPECTED[work]


def bits(folder: Path) -> Bits:
    """The content of every file by its name, what a data set's folder was called included; of checkpoints the names."""
    files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    whole = {name: path for name, path in files.items() if "/states/" not in name and "__pycache__" not in name}
    return {name: _content(name, path) for name, path in whole.items()}


def _content(name: str, path: Path) -> bytes:
    if "array_record" in name:  # its padding is not always the same: what is in it counts
        return b"records"
    return b"" if "checkpoints/" in name else path.read_bytes()


def _is_working(name: str) -> bool:
    """Whether a file is not under its final name: hidden, in a hidden folder, or a checkpoint (verified as such)."""
    return "checkpoints/" in name or any(part.startswith(".") for part in Path(name).parts)


def faults(work: str, place: Path, old: Bits, new: Bits) -> list[str]:
    """What is half written or lost: every file under its final name is the old one, the new one, or was not yet."""
    found = []
    now = bits(place)
    for name in sorted(now.keys() | (old.keys() & new.keys())):
        if _is_working(name):
            continue
        if name.endswith("metrics.jsonl"):
            *lines, _torn = now[name].split(b"\n")
            whole = new[name].split(b"\n")
            found += [] if lines == whole[: len(lines)] else [f"{name} has other lines"]
        elif name not in now:
            found.append(f"{name} is lost")
        elif now[name] not in (old.get(name), new.get(name)):
            found.append(f"{name} is half written ({len(now[name])} bytes)")
    if work == "prepare" and any((place / "data").rglob("1.0.0")):
        final = place / "data" / "research_images" / "tiny" / "1.0.0"
        missing = [name for name in new if name.startswith("data/") and name not in now]
        found += [f"a partial data set lacks {missing}"] if final.exists() and missing else _other_data(place)
    return found


def _other_data(place: Path) -> list[str]:
    """A data set that is there is whole and the right one: reading verifies every array."""
    try:
        load_described(tiny.description(), place / "data")
    except MissingData:
        return []
    except DataError as error:
        return [str(error)]
    return []


def newest(place: Path) -> int:
    """The newest recorded step; -1 without one."""
    return max((int(path.stem) for path in place.rglob("checkpoints/net/*.json")), default=-1)


def went_on(ask: Ask, work: str, place: Path, new: Bits) -> list[str]:
    came = ask(work, place)
    if came["code"] != 0:
        return [came["errors"]]
    now = bits(place)
    differ = sorted(name for name in now.keys() & new.keys() if now[name] != new[name])
    return [
        *(_other_data(place) if work == "prepare" else []),
        *(f"{name} has other bits" for name in differ),
        *(f"{name} is missing" for name in sorted(new.keys() - now.keys())),
        *(f"{name} is left over" for name in sorted(now.keys() - new.keys())),
    ]
