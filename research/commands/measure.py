"""Measuring a config: its folder, its data, its run, and what of it is less than the config asks for."""

import contextlib
import dataclasses
import fcntl
import functools
import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

import research.data
from research.claims import Measurements, Run, write_text
from research.commands import hosts
from research.commands.console import bar
from research.experiments import Entry, seed_keys
from research.ledger.fingerprints import Fingerprint, fingerprint
from research.ledger.records import plain, versions
from research.ledger.runs import FORMAT, check_format
from research.training.processes import from_first


@dataclasses.dataclass(frozen=True)
class Measured:
    """A config, measured.

    Args:
        folder: `runs/NAME/HASH`.
        measurements: from quantity to one value a seed.
        fingerprint: what was computed on what data.
        seconds: wall time, compilation included, data already loaded; of a run that was killed, since it went on; of
            one that had ended, as it was then.
    """

    folder: Path
    measurements: Measurements
    fingerprint: Fingerprint
    seconds: float


def check_data(entries: list[Entry]) -> None:
    """Raises MissingData, before any work, where a config reads a data set that is not prepared."""
    ready = {listing.description.name for listing in research.data.listing() if listing.ready}
    needed = {name for entry in entries for name in entry.experiment.needs(entry.config)}
    missing = [item for item in research.data.listing() if item.description.name in needed - ready]
    if missing:
        commands = "; ".join(research.data.prepare_command(item.description) for item in missing)
        raise research.data.MissingData(f"{', '.join(sorted(needed - ready))} not prepared; run: {commands}")


def run_folder(entry: Entry, workdir: Path) -> Path:
    """`WORKDIR/NAME/HASH`; the hash covers the config's fields and the number of seeds."""
    text = json.dumps({"config": plain(entry.config), "seeds": entry.seeds}, sort_keys=True)
    return workdir / entry.name / hashlib.sha256(text.encode()).hexdigest()[:10]


def measure(entry: Entry, workdir: Path, console: Console) -> Measured:
    """Runs a config. A run that was killed goes on, one that has ended is read; other program or data: it starts anew.

    Raises:
        research.data.DataError: data missing or damaged.
        BadConfig: a process of a job that runs something else than the first.
        research.training.loop.NonFinite: a value that is not finite stopped it.
    """
    data = entry.experiment.load(entry.config)
    made_by = fingerprint(entry, research.data.digest(data))
    folder = run_folder(entry, workdir)
    experiment = entry.experiment.__name__.rpartition(".")[2]  # type: ignore[attr-defined]
    identity = {"name": entry.name, "experiment": experiment, "config": plain(entry.config), "seeds": entry.seeds}
    identity |= {"format": FORMAT, "fingerprint": dataclasses.asdict(made_by), "versions": versions()}
    with _alone(folder):
        _begin(folder, identity)
        hosts.begin_together(folder, identity)
        ended = json.loads(from_first(json.dumps(_ended(folder)).encode()))
        if ended is None:
            started = time.monotonic()
            out = Run(folder, functools.partial(bar, console))
            measurements = entry.experiment.run(entry.config, seed_keys(entry.seeds), data, out)
            ended = _end(folder, measurements, time.monotonic() - started)
        else:
            text = f"{folder} was measured already, by the same program on the same data; delete it to measure anew."
            console.print(text, highlight=False)
    values = {quantity: np.asarray(x, np.float64) for quantity, x in ended["measurements"].items()}
    return Measured(folder, values, made_by, ended["seconds"])


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Holds a lock beside the folder for as long as the run lasts; it goes with the process, however that ends.

    Raises:
        BlockingIOError: another process holds it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f".{folder.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BlockingIOError(f"{folder} is running already, in another process; wait, or --workdir") from error
        yield


def _begin(folder: Path, identity: dict[str, object]) -> None:
    """Leaves in the folder what a run of the same program left there, and nothing else."""
    config = folder / "config.json"
    text = json.dumps(identity, indent=2) + "\n"
    found = config.read_text(errors="replace") if config.exists() else ""
    with contextlib.suppress(json.JSONDecodeError, RecursionError):  # damaged: the run starts anew
        check_format(config, json.loads(found))
    if found != text or ((folder / "measurements.json").exists() and not _ended(folder)):
        config.unlink(missing_ok=True)  # first: of a removal that is killed nothing is gone on from
        shutil.rmtree(folder, ignore_errors=True)
    write_text(config, text)


def _end(folder: Path, measurements: Measurements, seconds: float) -> dict[str, Any]:
    """Writes what was measured, and then, with its digest, that the run has ended."""
    values = {quantity: np.asarray(x, np.float64).tolist() for quantity, x in measurements.items()}
    text = json.dumps(values, indent=2) + "\n"
    write_text(folder / "measurements.json", text)
    end = {"seconds": round(seconds, 1), "measurements": hashlib.sha256(text.encode()).hexdigest()}
    write_text(folder / "ended.json", json.dumps(end) + "\n")
    return {"seconds": seconds, "measurements": values}


def _ended(folder: Path) -> dict[str, Any] | None:
    """What a run that has ended measured, and its seconds; None where it has not, or where a byte of it is changed."""
    with contextlib.suppress(OSError, ValueError, RecursionError, KeyError, TypeError):
        end = json.loads((folder / "ended.json").read_bytes())
        content = (folder / "measurements.json").read_bytes()
        if end["measurements"] == hashlib.sha256(content).hexdigest():
            return {"seconds": float(end["seconds"]), "measurements": json.loads(content)}
    return None


def less_than_asked(entry: Entry, asked: Entry) -> str:
    """What an entry changes of the config in `configs/`: "passes 5 for 23, seeds 1 for 5"; "" where nothing."""
    now, then = plain(entry.config), plain(asked.config)
    changed = [f"{name} {now[name]} for {then[name]}" for name in now if now[name] != then[name]]
    if entry.seeds != asked.seeds:
        changed.append(f"seeds {entry.seeds} for {asked.seeds}")
    return ", ".join(changed)
