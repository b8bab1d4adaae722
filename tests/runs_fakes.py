"""Folders as a run of `digits_quick` leaves them, made without training: small networks, two seeds."""

import functools
import json
from pathlib import Path
from typing import Any

import jax
import numpy as np

from research.claims import Run
from research.experiments import digits_quick, seed_keys
from research.ledger.records import plain
from research.training.checkpoints import Checkpoints
from research.training.state import TrainState

CONFIG = digits_quick.Config(passes=2, maps=(2, 3))


@functools.cache
def state(step: int) -> TrainState:
    """The state of the network with shared weights for two seeds, its step set."""
    model = digits_quick.models(CONFIG)["convolutional"]
    first = jax.jit(functools.partial(digits_quick._first_state, model, CONFIG))(seed_keys(2))
    return first.replace(step=np.full(2, step, np.int32))  # type: ignore[attr-defined]


def fake_run(folder: Path, *, ended: bool = True, steps: tuple[int, ...] = (0, 45, 90), **identity: Any) -> Path:
    """A run's folder; other words of `config.json` change it."""
    out = Run(folder)
    made = {"name": "digits_quick", "experiment": "digits_quick", "config": plain(CONFIG), "seeds": 2}
    made |= {"fingerprint": {"program": "a" * 64, "data": "b" * 64}, "versions": {"jax": "0.10"}} | identity
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(made))
    kept = Checkpoints(folder / "checkpoints" / "convolutional")
    for step in steps:
        kept.save(step, state(step))
        out.log(train="convolutional", step=step, loss=2.0 / (1 + step), loss_low=1.0, error=0.5)
    kept.close()
    if ended:
        values = {"convolutional_error": [10.0, 12.0], "nearest_error": [4.5]}
        (folder / "measurements.json").write_text(json.dumps(values))
    return folder
