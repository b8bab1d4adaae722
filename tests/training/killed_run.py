"""A short training in a process of its own, for the test that kills it; ends by writing its parameters to final.npz."""

from pathlib import Path

import jax
import numpy as np
import optax
import small_network as net

from research.claims import Run
from research.training.batches import shuffled
from research.training.devices import compile_segment
from research.training.loop import train

SEGMENTS, SEGMENT = 36, 3
OPTIMIZER = optax.adam(1e-2)


def run(folder: Path) -> None:
    """Trains with dropout; goes on where an earlier process stood. Its programs are compiled once for all processes."""
    jax.config.update("jax_compilation_cache_dir", str(folder.parent / "cache"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)
    state = train(
        compile_segment(net.step(optimizer=OPTIMIZER), "jit"),
        net.state(optimizer=OPTIMIZER),
        lambda start, steps: shuffled(jax.random.key(1), net.EXAMPLES, 11, start, steps),
        net.data(),
        steps=SEGMENTS * SEGMENT - 1,
        segment_steps=SEGMENT,
        out=Run(folder),
        name="net",
        validate=lambda state: {"largest": float(abs(state.params["first"]).max())},
    )
    np.savez(folder / "final.npz", **{name: np.asarray(value) for name, value in state.params.items()})
