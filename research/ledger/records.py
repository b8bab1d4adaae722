"""Records: what was measured, by which program, on which data, where and when; sealed against editing by hand."""

import dataclasses
import datetime
import hashlib
import json
import math
import os
import platform
import sys
from collections.abc import Mapping, Set
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from research.claims import Measurements, whole, write_text
from research.experiments import Entry
from research.ledger.fingerprints import Fingerprint, program_digest, source_digest

RECORDS = Path(__file__).parent / "records"
FORMAT = 1
PACKAGES = ("jax", "jaxlib", "flax", "optax", "numpy")


class BadRecord(ValueError):
    """A record that cannot be trusted: edited by hand, of a newer format, or no record at all."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Record:
    """One whole measurement of a config.

    Args:
        name: the config's.
        config: its fields, as JSON holds them.
        seeds: number of seeds.
        values: every measured quantity, controls under their own names: one value a seed, or one in all.
        fingerprint: what was computed, on what data.
        versions: of python and the packages that compute.
        machine: processor, cores, platform, backend, device; no names of hosts.
        seconds: wall time of the measurement.
        date: day it was made, ISO 8601, UTC.
    """

    name: str
    config: dict[str, Any]
    seeds: int
    values: dict[str, tuple[float, ...]]
    fingerprint: Fingerprint
    versions: dict[str, str]
    machine: dict[str, str]
    seconds: float
    date: str

    @property
    def measurements(self) -> dict[str, NDArray[np.float64]]:
        """The values as arrays."""
        return {quantity: np.asarray(values, np.float64) for quantity, values in self.values.items()}


def record_of(entry: Entry, measurements: Measurements, fingerprint: Fingerprint, seconds: float) -> Record:
    """The record of a whole measurement, made now on this machine; all measured quantities are kept.

    Raises:
        ValueError: a quantity that is not a flat array of values.
    """
    arrays = {quantity: np.atleast_1d(np.asarray(x, np.float64)) for quantity, x in measurements.items()}
    for quantity, x in arrays.items():
        if x.ndim != 1 or x.size == 0:
            raise ValueError(f"{entry.name}: {quantity!r} has shape {x.shape}, not one value a seed")
    return Record(
        name=entry.name,
        config=plain(entry.config),
        seeds=entry.seeds,
        values={quantity: tuple(x.tolist()) for quantity, x in arrays.items()},
        fingerprint=fingerprint,
        versions=versions(),
        machine=machine(),
        seconds=round(float(seconds), 1),
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
    )


def plain(config: Any) -> dict[str, Any]:
    """The fields of a config as JSON gives them back: tuples as lists, paths as text."""
    return json.loads(json.dumps(dataclasses.asdict(config), default=str))


def versions() -> dict[str, str]:
    """Versions of python and of the packages that compute."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def machine() -> dict[str, str]:
    """Processor, cores, platform, backend and device."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "platform": f"{platform.system()} {platform.machine()}",
        "backend": jax.default_backend(),
        "device": jax.devices()[0].device_kind,
    }


def stale(record: Record, entry: Entry, data: str | None = None, lower: bool = True) -> tuple[str, ...]:
    """Why a record no longer stands for its config, one reason each; () where it does.

    The program is compared under the jax, jaxlib and backend of the record alone: others lower to other text.

    Args:
        record: the record.
        entry: its config, as it is now.
        data: digest of the data; None where they are not at hand and not compared.
        lower: whether to compare the program too, which takes a second or so a config.
    """
    now = plain(entry.config)
    changed = sorted(
        name for name in now.keys() | record.config.keys() if now.get(name, ...) != record.config.get(name, ...)
    )
    reasons = []
    if changed:
        reasons.append(f"config: {', '.join(changed)}")
    if entry.seeds != record.seeds:
        reasons.append(f"seeds: {record.seeds} recorded, {entry.seeds} asked")
    if source_digest(entry) != record.fingerprint.source:
        reasons.append("source of the experiment")
    if data is not None and data != record.fingerprint.data:
        reasons.append("data")
    if lower and _comparable(record) and program_digest(entry) != record.fingerprint.program:
        reasons.append("program")
    return tuple(reasons)


def write(record: Record, folder: Path = RECORDS) -> Path:
    """Writes NAME.json, sealed, whole or not at all, and returns its path."""
    values = {quantity: [_number(x) for x in values] for quantity, values in record.values.items()}
    body = {"format": FORMAT} | dataclasses.asdict(record) | {"values": values}
    path = folder / f"{record.name}.json"
    write_text(path, json.dumps(body | {"seal": _seal(body)}, indent=2, allow_nan=False) + "\n")
    return path


def keep(record: Record, figures: Path, folder: Path) -> Path:
    """Writes a record, and beside it (NAME/figures) the figures of its run: each file whole or not at all.

    The record comes last: a writer that is killed leaves the old one, or the new one with all that belongs to it.
    """
    kept = folder / record.name / "figures"
    wanted = {path.name for path in figures.glob("*.png")}
    for name in wanted:
        with whole(kept / name) as file:
            file.write((figures / name).read_bytes())
    for path in kept.glob("*"):
        if path.name not in wanted:
            path.unlink()
    return write(record, folder)


def read(path: Path) -> Record:
    """Reads a record.

    Raises:
        BadRecord: the file is no record, was written by a newer version, or was edited by hand; the message names it.
    """
    try:
        body = json.loads(path.read_text(), parse_constant=_no_number)
        form, seal = body.pop("format"), body.pop("seal")
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise BadRecord(f"{path} is not a record: {error!r}") from error
    if form != FORMAT:
        raise BadRecord(f"{path} has record format {form}, and this version reads {FORMAT}: update, or measure again")
    if seal != _seal({"format": form} | body):
        raise BadRecord(
            f"{path}: a record edited by hand; measure again: python -m research reproduce {path.stem} --record"
        )
    values = {quantity: tuple(map(float, values)) for quantity, values in body.pop("values").items()}
    return Record(**body | {"values": values, "fingerprint": Fingerprint(**body["fingerprint"])})


def read_all(folder: Path | None = None, besides: Set[str] = frozenset()) -> dict[str, Record]:
    """Every record of a folder, by name, besides those named; by default the package's."""
    paths = sorted((folder or RECORDS).glob("*.json"))
    return {path.stem: read(path) for path in paths if path.stem not in besides}


def _seal(body: Mapping[str, Any]) -> str:
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _number(x: float) -> float | str:
    return x if math.isfinite(x) else str(x)  # JSON has no nan and no inf


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _comparable(record: Record) -> bool:
    same = all(record.versions[name] == version(name) for name in ("jax", "jaxlib"))
    return same and record.machine["backend"] == jax.default_backend()


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if sys.platform == "linux" else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()
