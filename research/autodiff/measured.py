"""What a function costs where it runs: operations, memory, time to compile and time to run, in one record."""

import dataclasses
import statistics
import time
from collections.abc import Callable
from typing import Any

import jax

from research.autodiff.cost import Cost, UnknownLength, cost
from research.autodiff.tracing import blaming


@dataclasses.dataclass(frozen=True)
class Measured:
    """One function on one backend.

    Args:
        cost: its operations; None where a loop has no known length.
        temporary_bytes: peak of what the compiled program holds beside arguments and results; None where the backend
            does not tell.
        compile_seconds: time to compile, without tracing and lowering; less where JAX's compilation cache has it.
        run_seconds: median time of a call.
        platform: cpu, gpu or tpu.
    """

    cost: Cost | None
    temporary_bytes: int | None
    compile_seconds: float
    run_seconds: float
    platform: str


def measured(f: Callable[..., Any], *args: Any, repeats: int = 20) -> Measured:
    """Compiles and runs f(*args) on the default backend.

    Args:
        f: a function of arrays.
        args: arrays, or trees of them.
        repeats: how often it is run for the median, after one run that is not counted; at least 1.

    Raises:
        BadFunction: as `research.autodiff.cost.cost`; a loop of unknown length is none.
        ValueError: no repeats.
    """
    if repeats < 1:
        raise ValueError(f"measured: repeats = {repeats} must be at least 1")
    counted = _counted(f, *args)
    with blaming(f, args):
        lowered = jax.jit(f).lower(*args)
    start = time.perf_counter()
    compiled = lowered.compile()
    seconds = time.perf_counter() - start
    run = _run(compiled, args, repeats)
    return Measured(counted, _temporary(compiled), seconds, run, jax.default_backend())


def _counted(f: Callable[..., Any], *args: Any) -> Cost | None:
    try:
        return cost(f, *args)
    except UnknownLength:
        return None


def _temporary(compiled: jax.stages.Compiled) -> int | None:
    return getattr(compiled.memory_analysis(), "temp_size_in_bytes", None)


def _run(compiled: jax.stages.Compiled, args: tuple[Any, ...], repeats: int) -> float:
    jax.block_until_ready(compiled(*args))
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        jax.block_until_ready(compiled(*args))
        times.append(time.perf_counter() - start)
    return statistics.median(times)
