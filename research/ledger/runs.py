"""Runs read back: config, measurements, metric lines and trained parameters of a folder `runs/NAME/HASH`."""

import contextlib
import dataclasses
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from research.experiments import Experiment, UnknownName, entry, experiment
from research.fields import rebuild
from research.training import checkpoints

FORMAT = 1
"""Of a run's folder: config.json, metric lines, measurements and checkpoints; it changes when their form does."""


class BadRun(ValueError):
    """A folder that is no run, or a run that lacks what is asked of it; one line that names it."""


@dataclasses.dataclass(frozen=True)
class Loaded:
    """A run, read; its checkpoints are read when they are asked for.

    Args:
        folder: where it lies, `runs/NAME/HASH`.
        name: name of its config.
        experiment: the module that ran it.
        config: its Config, every field checked.
        seeds: number of seeds.
        measurements: from quantity to one value a seed, or one in all; empty where the run has not ended.
        metrics: the lines of `metrics.jsonl`.
        versions: of Python and the packages that computed it.
        fingerprint: digests of its program, data and source.
    """

    folder: Path
    name: str
    experiment: Experiment
    config: Any
    seeds: int
    measurements: Mapping[str, NDArray[np.float64]] = dataclasses.field(repr=False)
    metrics: tuple[Mapping[str, Any], ...] = dataclasses.field(repr=False)
    versions: Mapping[str, str] = dataclasses.field(repr=False)
    fingerprint: Mapping[str, str] = dataclasses.field(repr=False)

    @property
    def finished(self) -> bool:
        """Whether it measured what it was to measure."""
        return (self.folder / "measurements.json").is_file()

    @property
    def trainings(self) -> tuple[str, ...]:
        """Names of the trainings that left checkpoints, sorted."""
        return tuple(sorted(path.name for path in (self.folder / "checkpoints").glob("*") if path.is_dir()))

    def params(self, training: str, seed: int | None = None) -> Any:
        """The parameters of a training; see `state`."""
        return self.state(training, seed)["params"]

    def state(self, training: str, seed: int | None = None) -> dict[str, Any]:
        """The newest whole state of a training: step, params, opt_state, key and stopped, verified before it is read.

        With a leading axis of seeds where the training has one; of one seed without it. Records and named tuples come
        as dicts by field, tuples as lists; what holds no array is left out.

        Raises:
            BadRun: no such training or seed, or no checkpoint of it that is whole.
        """
        if training not in self.trainings:
            known = ", ".join(self.trainings) or "none"
            raise BadRun(f"{self.folder} has no checkpoints of a training {training!r}; those that it has: {known}")
        if seed is not None and not 0 <= seed < self.seeds:
            raise BadRun(f"{self.folder} has seeds 0 to {self.seeds - 1}, and no seed {seed}")
        found = checkpoints.newest(self.folder / "checkpoints" / training)
        if found is None:
            raise BadRun(f"{self.folder / 'checkpoints' / training} holds no checkpoint that is whole; run it again")
        state = nested(found[1])
        return state if seed is None or state["stopped"].ndim == 0 else jax.tree.map(lambda leaf: leaf[seed], state)


def load(run: str | Path, workdir: str | Path = "runs") -> Loaded:
    """Reads a run; nothing in its folder is changed, so it may still be running.

    Args:
        run: its folder, `runs/NAME/HASH`; or `runs/NAME` where that holds one run; or NAME alone for its newest run in
            `workdir`.
        workdir: folder of runs, for a name.

    Raises:
        BadRun: there is no such run, or its files are not what a run writes; the message names what is missing.
    """
    folder = find(run, Path(workdir))
    with _named(folder / "config.json"):
        made = json.loads((folder / "config.json").read_text())
        check_format(folder / "config.json", made)
        module = experiment(made["experiment"]) if "experiment" in made else entry(made["name"]).experiment
        config, seeds = rebuild(module.Config, made["config"]), int(made["seeds"])
        name, versions, fingerprint = str(made["name"]), dict(made["versions"]), dict(made["fingerprint"])
    with _named(folder / "measurements.json"):
        measured = _json(folder / "measurements.json")
        measurements = {str(q): np.atleast_1d(np.asarray(x, np.float64)) for q, x in measured.items()}
    with _named(folder / "metrics.jsonl"):
        metrics = _lines(folder / "metrics.jsonl")
    return Loaded(folder, name, module, config, seeds, measurements, metrics, versions, fingerprint)


def check_format(path: Path, made: Any) -> None:
    """Raises BadRun where a run's `config.json` is of another version's format; without one it is of the first."""
    form = made.get("format", FORMAT) if isinstance(made, dict) else FORMAT
    if form != FORMAT:
        raise BadRun(
            f"{path} has run format {form}, and this version reads {FORMAT}: update, or give another --workdir"
        )


def find(run: str | Path, workdir: Path) -> Path:
    """The folder of a run; see `load`."""
    path = Path(run)
    if path.is_dir() and not (len(path.parts) == 1 and _runs_in(workdir / path)):
        found = [path] if (path / "config.json").is_file() else _runs_in(path)
        if len(found) == 1:
            return found[0]
        which = f"holds {len(found)} runs; name one: {', '.join(map(str, found))}" if found else "is no run"
        raise BadRun(f"{path} {which}" + ("" if found else ": no config.json in it, and no folder that has one"))
    if found := _runs_in(workdir / path) if len(path.parts) == 1 else []:
        return found[0]
    if len(path.parts) > 1 or path.exists():
        raise BadRun(f"{run} is no folder of a run")
    known = sorted(folder.name for folder in workdir.glob("*") if _runs_in(folder))
    if known:
        raise UnknownName(f"run in {workdir} of the name", str(run), known)
    raise BadRun(f"there is no run in {workdir}; make one: python -m research run NAME")


def _runs_in(folder: Path) -> list[Path]:
    """The runs in a folder, the newest first."""
    found = [path.parent for path in folder.glob("*/config.json")]
    return sorted(found, key=lambda path: ((path / "config.json").stat().st_mtime, path.name), reverse=True)


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turns what reading a file raises into a BadRun of one line that names the file."""
    try:
        yield
    except BadRun:
        raise
    except KeyError as error:
        raise BadRun(f"{path} lacks {error}") from error
    except (ValueError, TypeError, AttributeError, RecursionError, OSError, UnknownName) as error:
        raise BadRun(f"{path}: {error}".splitlines()[0]) from error


def _json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text()) if path.exists() else {}


def _lines(path: Path) -> tuple[dict[str, Any], ...]:
    """The whole lines; a last one that is being written is left out."""
    whole = path.read_text().rpartition("\n")[0] if path.exists() else ""
    return tuple(json.loads(line) for line in whole.splitlines())


def nested(leaves: Mapping[str, Any]) -> Any:
    """A tree from leaves by dotted name: dicts by field, lists where the names are 0, 1, ..."""
    if set(leaves) == {""}:
        return leaves[""]
    groups: dict[str, dict[str, Any]] = {}
    for name, leaf in leaves.items():
        head, _, rest = name.partition(".")
        groups.setdefault(head, {})[rest] = leaf
    tree = {head: nested(group) for head, group in groups.items()}
    places = [str(place) for place in range(len(tree))]
    return [tree[place] for place in places] if tree and set(tree) == set(places) else tree
