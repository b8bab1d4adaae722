"""Checkpoints of a training state: the last few and the best, whole or not there, each verified before it is read."""

import hashlib
import json
import logging
import math
import shutil
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
import orbax.checkpoint as ocp
from orbax.checkpoint.checkpoint_managers import preservation_policy as keeping

from research.claims import write_text
from research.training.processes import from_first, is_first

REMOVED = "removed"
"""Where Orbax moves, by a rename, the checkpoints that are kept no longer."""


class Checkpoints:
    """The checkpoints of one training, in one folder.

    Orbax writes `states/STEP`, by a rename when all of it is there; then `STEP.json` records shapes and types of the
    leaves and the digest of the files. Without its record a checkpoint does not count and is deleted: its save was
    killed. One that is not what its record says is damaged: it is renamed to `STEP.damaged`, with a warning. Both come
    before Orbax reads anything, when the folder is opened and again before a state is restored.

    Of several processes only the first reads and writes the folder; the others get what it restores. All call `restore`
    and `restore_best`, and with the same `like`.

    Args:
        folder: where they lie; made when it is not there.
        keep: how many of the last are kept, >= 1, besides the best.
    """

    def __init__(self, folder: Path, keep: int = 2) -> None:
        self._folder = folder.resolve()
        self._manager = self._opened(keep) if is_first() else None

    def _opened(self, keep: int) -> ocp.CheckpointManager:
        self._keep_whole()
        best = keeping.BestN(get_metric_fn=_badness, reverse=True, n=1)
        options = ocp.CheckpointManagerOptions(
            preservation_policy=keeping.AnyPreservationPolicy([keeping.LatestN(keep), best]),
            best_fn=_badness,  # without it Orbax writes no metrics
            best_mode="min",
            enable_async_checkpointing=False,
            cleanup_tmp_directories=True,
            todelete_subdir=REMOVED,
            create=False,
            multiprocessing_options=ocp.options.MultiprocessingOptions(active_processes={0}),  # Orbax waits for none
        )
        (self._folder / "states").mkdir(parents=True, exist_ok=True)
        return ocp.CheckpointManager(self._folder / "states", options=options)

    def close(self) -> None:
        """Ends what Orbax has running; `contextlib.closing` calls it."""
        if self._manager:
            self._manager.close()

    def steps(self) -> list[int]:
        """Numbers of steps done at which there is a checkpoint, rising; the first process knows them."""
        return sorted(self._manager.all_steps()) if self._manager else []

    def save(self, step: int, state: Any, metrics: Mapping[str, float | int] | None = None) -> None:
        """Writes the state after `step` steps, which are more than the newest's.

        The first metric, lower being better, says which checkpoint is the best.
        """
        if not self._manager:
            return
        first = {name: float(value) for name, value in list((metrics or {}).items())[:1]}
        logging.getLogger("absl").addFilter(_no_record)  # Orbax logs the traceback of what it raises
        try:
            self._manager.save(step, args=ocp.args.StandardSave(_leaves(state)), metrics=first)
        except (ValueError, RuntimeError) as error:  # as TensorStore says that the system refuses
            reason = "No space left on device" if "No space left" in str(error) else str(error)[:200]
            raise OSError(f"{self._state(step)} could not be written ({reason})") from error
        finally:
            logging.getLogger("absl").removeFilter(_no_record)
        record = {"leaves": _shapes(state), "sha256": _digest(self._state(step))}
        write_text(self._record(step), json.dumps(record))
        for path in self._folder.glob("*.json"):
            if not self._state(int(path.stem)).exists():
                path.unlink()
        self._remove()

    def restore(self, like: Any) -> Any | None:
        """The newest state that is whole, with the structure of `like`; None where there is none.

        Raises:
            ValueError: a whole checkpoint of another structure, shape or type than `like`; the message names the leaf.
        """
        return _from_first(self._newest(like), like)

    def restore_best(self, like: Any) -> Any | None:
        """The whole state with the lowest first metric, as `restore`; None where none was measured."""
        return _from_first(self._best(like), like)

    def _newest(self, like: Any) -> Any | None:
        manager = self._reloaded()
        return self._read(manager, max(self.steps()), like) if manager and self.steps() else None

    def _best(self, like: Any) -> Any | None:
        if not (manager := self._reloaded()):
            return None
        measured = [(_badness(metrics), step) for step in self.steps() if (metrics := manager.metrics(step))]
        return self._read(manager, min(measured)[1], like) if measured else None

    def _reloaded(self) -> ocp.CheckpointManager | None:
        if self._manager:
            self._keep_whole()
            self._manager.reload()
        return self._manager

    def _state(self, step: int) -> Path:
        return self._folder / "states" / str(step)

    def _record(self, step: int) -> Path:
        return self._folder / f"{step}.json"

    def _read(self, manager: ocp.CheckpointManager, step: int, like: Any) -> Any:
        _compare(self._state(step), json.loads(self._record(step).read_text())["leaves"], _shapes(like))
        return _unleaves(manager.restore(step, args=ocp.args.StandardRestore(_leaves(like))), like)

    def _remove(self) -> None:
        """Deletes what Orbax has set aside; a deletion that is killed leaves nothing that looks like a checkpoint."""
        shutil.rmtree(self._folder / "states" / REMOVED, ignore_errors=True)

    def _keep_whole(self) -> None:
        """Takes what is not a whole checkpoint out of the states: Orbax reads metrics as soon as it is made."""
        states = self._folder / "states"
        self._remove()
        for step in sorted(int(path.name) for path in states.glob("*") if path.name.isdecimal()):
            if not self._record(step).exists():
                shutil.rmtree(self._state(step))
            elif not _is_whole(self._state(step), self._record(step)):
                aside = self._folder / f"{step}.damaged"
                shutil.rmtree(aside, ignore_errors=True)
                self._state(step).rename(aside)
                self._record(step).unlink()
                warnings.warn(
                    f"checkpoint {self._state(step)} is damaged and now {aside.name}; the newest whole one is taken",
                    stacklevel=3,
                )


def _from_first(state: Any | None, like: Any) -> Any | None:
    """The first process's state, or None, on every process: its leaves' bytes in a row."""
    if jax.process_count() == 1:
        return state
    own = () if state is None else (b".", *(leaf.tobytes() for leaf in _leaves(state).values()))
    if not (content := from_first(b"".join(own))):
        return None
    leaves, start = _leaves(like), 1
    for name, leaf in leaves.items():
        leaves[name] = np.frombuffer(content[start : start + leaf.nbytes], leaf.dtype).reshape(leaf.shape)
        start += leaf.nbytes
    return _unleaves(leaves, like)


def _is_whole(checkpoint: Path, record: Path) -> bool:
    try:
        match json.loads(record.read_text()):
            case {"leaves": dict(), "sha256": digest}:
                return digest == _digest(checkpoint)
    except ValueError:  # not JSON, not text
        pass
    return False


def _digest(folder: Path) -> str:
    """SHA-256 of the names and contents of the files of a folder."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder)} {path.stat().st_size}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def _compare(checkpoint: Path, saved: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    for name in [*wanted, *saved]:
        if saved.get(name) != wanted.get(name):
            raise ValueError(
                f"checkpoint {checkpoint} is of another configuration: "
                f"{name} is {saved.get(name, 'not there')}, expected {wanted.get(name, 'nothing')}"
            )


def _no_record(_: logging.LogRecord) -> bool:
    return False


def _badness(metrics: Mapping[str, float]) -> float:
    value = next(iter(metrics.values()), math.inf)
    return math.inf if math.isnan(value) else value


def _named(tree: Any) -> list[tuple[str, Any]]:
    flat, _ = jax.tree_util.tree_flatten_with_path(tree)
    return [(jax.tree_util.keystr(path, simple=True, separator="."), leaf) for path, leaf in flat]


def _is_key(leaf: Any) -> bool:
    return jax.numpy.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def _leaves(state: Any) -> dict[str, np.ndarray]:
    plain = [(name, jax.random.key_data(leaf) if _is_key(leaf) else leaf) for name, leaf in _named(state)]
    return {name: np.asarray(leaf) for name, leaf in plain}


def _unleaves(leaves: Mapping[str, np.ndarray], like: Any) -> Any:
    def typed(name: str, leaf: Any) -> Any:
        array = jax.numpy.asarray(leaves[name])
        return (
            jax.random.wrap_key_data(jax.numpy.asarray(array), impl=jax.random.key_impl(leaf))
            if _is_key(leaf)
            else array
        )

    return jax.tree.unflatten(jax.tree.structure(like), [typed(name, leaf) for name, leaf in _named(like)])


def _shapes(state: Any) -> dict[str, str]:
    return {name: f"{leaf.dtype}{list(leaf.shape)}" for name, leaf in _named(state)}


def newest(folder: Path) -> tuple[int, dict[str, Any]] | None:
    """The newest whole state in a folder of checkpoints, only read: a run may be writing there. None where none is.

    Returns:
        The number of steps done, and the leaves by dotted name ("params.C1.kernel"), keys typed; the containers that
        the names leave out are not stored. One that is damaged is passed over.
    """
    for record in sorted(folder.glob("*.json"), key=_step_of, reverse=True):
        state = folder.resolve() / "states" / record.stem
        if _is_whole(state, record):
            with ocp.StandardCheckpointer() as reader:
                arrays = reader.restore(state / "default")
            kinds = json.loads(record.read_text())["leaves"]
            return int(record.stem), {name: _typed(array, kinds[name]) for name, array in arrays.items()}
    return None


def _step_of(record: Path) -> int:
    return int(record.stem) if record.stem.isdecimal() else -1


def _typed(array: np.ndarray, kind: str) -> Any:
    return (
        jax.random.wrap_key_data(jax.numpy.asarray(array), impl="threefry2x32")
        if kind.startswith("key<fry>")
        else array
    )
