"""The loop around segments: progress, metric lines, checkpoints, and going on where a killed run stood."""

import contextlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import jax
import numpy as np

from research.claims import Run, write_text
from research.training.checkpoints import Checkpoints
from research.training.devices import Segment
from research.training.state import Batch, TrainState, copy
from research.training.step import all_finite


class NonFinite(ArithmeticError):
    """A value that is not finite stopped a training.

    Args:
        name: name of the training.
        step: number of the step (from 0) whose result is not finite.
        quantity: the metric, or "parameters".
    """

    def __init__(self, name: str, step: int, quantity: str) -> None:
        super().__init__(f"{name}: {quantity} not finite at step {step}; the state before it is the newest checkpoint")
        self.step, self.quantity = step, quantity


def train(
    segment: Segment,
    state: TrainState,
    batches: Callable[[int, int], Batch],
    data: Any,
    *,
    steps: int,
    segment_steps: int,
    out: Run,
    name: str,
    on_nonfinite: Literal["stop", "freeze"] = "stop",
    keep: int = 2,
    begin: Callable[[TrainState, Any], TrainState] | None = None,
    validate: Callable[[TrainState], Mapping[str, float | int]] | None = None,
) -> TrainState:
    """Trains to `steps` steps, from the newest checkpoint of `out.folder/checkpoints/NAME` where there is one.

    At the end of each segment: a metric line {"train": name, "step": steps done, means over the segment of the step's
    metrics, values of `validate`}, then a checkpoint. A run killed at any moment and started again ends with the same
    parameters and the same metric lines as one that is not, bit for bit, on the same machine.

    Several processes (`jax.distributed`) train together: all call it, with the same arguments except for `out`, each in
    a folder of its own. The checkpoints lie in the first one's.

    Args:
        segment: compiled by `compile_segment`.
        state: state at step 0, one or a stack of seeds; it is copied, not given up.
        batches: batches(start, steps) -> Batch; a pure function of the step's number.
        data: pytree of arrays that the batches index; placed on the devices.
        steps: steps in all.
        segment_steps: steps a segment, which starts at a multiple of it; a shorter one, such as the last, compiles a
            second program.
        out: the run: its folder, progress and metric lines.
        name: name of this training within the run.
        on_nonfinite: stop raises NonFinite; freeze is for steps made by `freeze_nonfinite`, and goes on.
        keep: how many of the last checkpoints are kept, >= 1.
        begin: begin(state, data) -> state, before the first step of each segment; a pure function, such as one that
            renews a part of `opt_state` each pass. It runs on the first device, whichever the segment's are: jitted, it
            compiles once. What holds for a segment must be done here, not in `segment`, which may get fewer steps: the
            rest of a segment after `stop`, or one at a time to find the step that fails.
        validate: values to log and keep with each checkpoint. By the first (lower is better) the best one is kept too.

    Raises:
        NonFinite: with `stop`, the exact step and what was not finite; the state before it is the newest checkpoint.
        ValueError: a checkpoint of another configuration; `freeze` with a step that does not freeze.
    """
    folder = out.folder / "checkpoints" / name
    with contextlib.closing(Checkpoints(folder, keep)) as checkpoints, out.progress(name, steps) as advance:
        found = checkpoints.restore(state)
        state = copy(state) if found is None else found
        start = _steps_done(state)
        drop_lines(out.folder / "metrics.jsonl", name, start)
        if found is None:
            checkpoints.save(start, state)
        advance(start, "")
        while start < steps:
            count = min(segment_steps - start % segment_steps, steps - start)
            opened = begin if start % segment_steps == 0 else None
            state, metrics = segment(_begun(opened, state, data), batches(start, count), data)
            bad = _nonfinite(state, metrics)
            if on_nonfinite == "stop" and bad:
                first = _begun(opened, checkpoints.restore(state), data)
                _stop(segment, checkpoints, first, batches, data, range(start, start + count), name)
            if bad == "parameters" or (bad and bool((np.asarray(state.stopped) < 0).all())):
                raise ValueError(f"{name}: {bad} not finite; on_nonfinite='freeze' needs freeze_nonfinite(step)")
            start += count
            values = means(metrics, state.stopped)
            measured = validate(state) if validate else {}
            out.log(train=name, step=start, **values, **measured)
            checkpoints.save(start, state, measured)
            advance(count, f"loss {values['loss']:.4g}" if "loss" in values else "")
            data = jax.device_put(data, state.step.sharding)  # after the first segment: where the program wants them
    return state


def means(metrics: Mapping[str, jax.Array], stopped: jax.Array) -> dict[str, float | int]:
    """Mean of each metric over the steps of a segment; of several seeds mean, lowest and highest of those not frozen.

    Args:
        metrics: from name to (steps,) or (steps, seeds).
        stopped: -1 where a member is not frozen, shape () or (seeds,).

    Returns:
        name, and for seeds also name_low and name_high; `frozen`, how many are, where any is.
    """
    live = np.asarray(stopped) < 0
    values: dict[str, float | int] = {} if live.all() else {"frozen": int((~live).sum())}
    for name, array in metrics.items():
        of_seeds = np.asarray(array, np.float64).mean(axis=0)[live]
        if of_seeds.size:
            values[name] = float(of_seeds.mean())
            if live.ndim:
                values |= {f"{name}_low": float(of_seeds.min()), f"{name}_high": float(of_seeds.max())}
    return values


def drop_lines(path: Path, name: str, step: int) -> None:
    """Takes out of a file the lines of `name` past `step`, written after the last checkpoint.

    So it does with lines of `name` without a step, a torn last line, and lines that are not JSON objects.
    """
    content = path.read_bytes() if path.exists() else b""
    kept = b"".join(line for line in content.splitlines(keepends=True) if _stays(line, name, step))
    if kept != content:
        write_text(path, kept.decode())


def _stays(line: bytes, name: str, step: int) -> bool:
    try:
        values = json.loads(line.decode()) if line.endswith(b"\n") else None
    except ValueError:  # not JSON, not text
        return False
    if not isinstance(values, dict):
        return False
    done = values.get("step")
    return values.get("train") != name or (isinstance(done, int) and done <= step)


def _begun(begin: Callable[[TrainState, Any], TrainState] | None, state: Any, data: Any) -> TrainState:
    """`begin` on one device, the same for the first segment and the later ones: one program, the same bits."""
    return begin(*jax.device_put((state, data), jax.local_devices()[0])) if begin else state


def _stop(
    segment: Segment,
    checkpoints: Checkpoints,
    state: TrainState,
    batches: Callable[[int, int], Batch],
    data: Any,
    steps: range,
    name: str,
) -> None:
    """Goes from the segment's first state a step at a time up to the one that fails; saves the state before it."""
    for step in steps:
        before = copy(state)
        state, metrics = segment(state, batches(step, 1), data)
        if quantity := _nonfinite(state, metrics):
            checkpoints.save(step, before)
            raise NonFinite(name, step, quantity)
    raise NonFinite(name, steps[-1], "a value within the segment")  # step by step it rounds otherwise and stays finite


def _nonfinite(state: TrainState, metrics: Mapping[str, jax.Array]) -> str | None:
    """The first that is not finite of loss, other metrics, parameters."""
    finite = jax.device_get(_finite({"parameters": state.params, **metrics}))
    order = ["loss", *metrics, "parameters"]
    return next((name for name in order if not finite.get(name, True)), None)


@jax.jit
def _finite(named: dict[str, Any]) -> dict[str, jax.Array]:
    return {name: all_finite(values) for name, values in named.items()}


def _steps_done(state: TrainState) -> int:
    return int(np.max(jax.device_get(state.step)))
