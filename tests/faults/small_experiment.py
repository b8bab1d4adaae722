"""An experiment of a second: a small network with dropout, a figure, and what `measure` leaves of it."""

import dataclasses
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import jax
import matplotlib.pyplot as plt
import numpy as np
import optax
import small_network as net
from rich.console import Console

from research.claims import Measurements, Run
from research.commands import measure as measuring
from research.commands.measure import Measured
from research.experiments import Entry
from research.training.batches import shuffled
from research.training.devices import compile_segment
from research.training.loop import train

OPTIMIZER = optax.adam(1e-2)


@dataclasses.dataclass(frozen=True)
class Config:
    """What the small experiment is told."""

    steps: int = 24
    segment: int = 4
    broken: bool = False  # whether an example holds a value that is not a number


def needs(config: Config) -> tuple[str, ...]:
    return ()


def load(config: Config) -> Any:
    data = net.data()
    return data | {"x": data["x"].at[0, 0].set(np.nan)} if config.broken else data


def synthetic(config: Config) -> Any:
    return load(config)


def programs(config: Config, data: Any) -> dict[str, jax.stages.Lowered]:
    return {}


def run(config: Config, keys: jax.Array, data: Any, out: Run, max_steps: int | None = None) -> Measurements:
    state = train(
        compile_segment(net.step(optimizer=OPTIMIZER), "jit"),
        net.state(optimizer=OPTIMIZER),
        lambda start, steps: shuffled(jax.random.key(1), net.EXAMPLES, 11, start, steps),
        data,
        steps=config.steps,
        segment_steps=config.segment,
        out=out,
        name="net",
        validate=lambda state: {"largest": float(abs(state.params["first"]).max())},
    )
    figure, axes = plt.subplots()
    axes.imshow(np.asarray(state.params["first"]))
    out.figure("weights", figure)
    plt.close(figure)
    return {name: np.asarray(value).ravel() for name, value in state.params.items()}


def entry_of(**fields: Any) -> Entry:
    import small_experiment

    config = Config(**fields)
    return Entry("small", "A small work.", small_experiment, config, "Mine", "quick", 1, ())


def measured(folder: Path, **fields: Any) -> Measured:
    """Measures it in `folder`, in no time; its programs are compiled once for all processes."""
    jax.config.update("jax_compilation_cache_dir", os.environ["COMPILED"])
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)
    with mock.patch.object(measuring, "time", SimpleNamespace(monotonic=lambda: 0.0)):  # equal bits of `ended.json`
        return measuring.measure(entry_of(**fields), folder / "runs", Console(quiet=True))
