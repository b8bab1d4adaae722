"""Checkpoints of a training state: the last few and the best, whole or not there, each verified before it is read."""

import hashlib
import json
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


class Checkpoints:
    """The checkpoints of one training, in one folder.

    Orbax writes `states/STEP`, by a rename when all of it is there; then `STEP.json` records shapes and types of the
    leaves and the digest of the files. Without its record a checkpoint does not count and is deleted: its save was
    killed. One that is not what its record says is damaged: it is renamed to `STEP.damaged`, with a warning. Both come
    before Orbax reads anything, when the folder is opened and again before a state is restored.

    Args:
        folder: where they lie; made when it is not there.
        keep: how many of the last are kept, >= 1, besides the best.
    """

    def __init__(self, folder: Path, keep: int = 2) -> None:
        self._folder = folder.resolve()
        self._keep_whole()
        best = keeping.BestN(get_metric_fn=_badness, reverse=True, n=1)
        options = ocp.CheckpointManagerOptions(
            preservation_policy=keeping.AnyPreservationPolicy([keeping.LatestN(keep), best]),
            best_fn=_badness,  # without it Orbax writes no metrics
            best_mode="min",
            enable_async_checkpointing=False,
            cleanup_tmp_directories=True,
        )
        self._manager = ocp.CheckpointManager(self._folder / "states", options=options)

    def close(self) -> None:
        """Ends what Orbax has running; `contextlib.closing` calls it."""
        self._manager.close()

    def steps(self) -> list[int]:
        """Numbers of steps done at which there is a checkpoint, rising."""
        return sorted(self._manager.all_steps())

    def save(self, step: int, state: Any, metrics: Mapping[str, float | int] | None = None) -> None:
        """Writes the state after `step` steps, which are more than the newest's.

        The first metric, lower being better, says which checkpoint is the best.
        """
        first = {name: float(value) for name, value in list((metrics or {}).items())[:1]}
        self._manager.save(step, args=ocp.args.StandardSave(_leaves(state)), metrics=first)
        record = {"leaves": _shapes(state), "sha256": _digest(self._state(step))}
        write_text(self._record(step), json.dumps(record))
        for path in self._folder.glob("*.json"):
            if not self._state(int(path.stem)).exists():
                path.unlink()

    def restore(self, like: Any) -> Any | None:
        """The newest state that is whole, with the structure of `like`; None where there is none.

        Raises:
            ValueError: a whole checkpoint of another structure, shape or type than `like`; the message names the leaf.
        """
        self._keep_whole()
        self._manager.reload()
        return self._read(max(self.steps()), like) if self.steps() else None

    def restore_best(self, like: Any) -> Any | None:
        """The whole state with the lowest first metric, as `restore`; None where none was measured."""
        self._keep_whole()
        self._manager.reload()
        measured = [(_badness(metrics), step) for step in self.steps() if (metrics := self._manager.metrics(step))]
        return self._read(min(measured)[1], like) if measured else None

    def _state(self, step: int) -> Path:
        return self._folder / "states" / str(step)

    def _record(self, step: int) -> Path:
        return self._folder / f"{step}.json"

    def _read(self, step: int, like: Any) -> Any:
        _compare(self._state(step), json.loads(self._record(step).read_text())["leaves"], _shapes(like))
        return _unleaves(self._manager.restore(step, args=ocp.args.StandardRestore(_leaves(like))), like)

    def _keep_whole(self) -> None:
        """Takes what is not a whole checkpoint out of the states: Orbax reads metrics as soon as it is made."""
        states = self._folder / "states"
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
        return jax.random.wrap_key_data(array, impl=jax.random.key_impl(leaf)) if _is_key(leaf) else array

    return jax.tree.unflatten(jax.tree.structure(like), [typed(name, leaf) for name, leaf in _named(like)])


def _shapes(state: Any) -> dict[str, str]:
    return {name: f"{leaf.dtype}{list(leaf.shape)}" for name, leaf in _named(state)}
