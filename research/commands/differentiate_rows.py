"""The figures of each mode: what is counted, what is measured, what is extrapolated, and why some cannot be had."""

import dataclasses
import functools
import math
import time
from typing import Any

import jax
import jax.numpy as jnp

from research.autodiff import graphs, paths
from research.autodiff.cost import UnknownLength, cost
from research.autodiff.measured import Measured, measured
from research.autodiff.tracing import BadFunction
from research.commands.differentiate_modes import Mode, Section
from research.commands.differentiate_subjects import Subject
from research.models import mlp
from research.models.counting import layers

MOST_SECONDS, MOST_BYTES = 5.0, 2**31
"""One call that would take more is counted and not run."""
MOST_STEPS = 300_000
"""More steps along paths are counted and not walked."""
REPEATS, SECONDS = 100, 0.3
"""A time is the median of so many calls; of fewer, but at least three, where they would take longer than this."""
REASONS = {
    "Reverse-mode differentiation does not work for lax.while_loop": "a while loop goes forward only",
    "custom_vjp": "custom_vjp goes in reverse only",
    "custom_lin": "custom_vjp goes in reverse only",
}


@dataclasses.dataclass(frozen=True)
class Row:
    """What a mode costs; None where it is not known, or not measured.

    Args:
        word: of --modes; "" for the plain function.
        label: name of the mode.
        note: sweeps, what was extrapolated, or why there are no figures.
        operations: flops and transcendentals.
        macs: multiplications with accumulation.
        memory: bytes beside arguments and results.
        compile: seconds.
        run: seconds, median.
        whole: whether it gives all of what its section asks for.
        uncounted: what no count covers.
    """

    word: str
    label: str
    note: str
    operations: int | None = None
    macs: int | None = None
    memory: int | None = None
    compile: float | None = None
    run: float | None = None
    whole: bool = True
    uncounted: frozenset[str] = frozenset()

    @property
    def possible(self) -> bool:
        """Whether there is any figure."""
        return any(getattr(self, name) is not None for name in MEASURES)


MEASURES = ("operations", "macs", "memory", "compile", "run")


def plain(section: Section) -> Row:
    """The function that is differentiated.

    Raises:
        BadFunction: it cannot be compiled or run.
    """
    try:
        return _row(section.plain, measured(section.plain.f, *section.args, repeats=REPEATS))
    except jax.errors.JaxRuntimeError as error:
        raise BadFunction(f"{section.plain.label}: {_reason(error)}") from error


def row(mode: Mode, section: Section, beside: Row) -> Row:
    """One mode; `beside` is the plain function's row, from which too long and too large calls are foreseen."""
    seconds, size = 3 * (beside.run or 0) * mode.within, (beside.memory or 0) * mode.within
    try:
        if seconds > MOST_SECONDS or (mode.within > 1 and size > MOST_BYTES):
            return _counted(mode, section)
        repeats = max(3, min(REPEATS, int(SECONDS / max(seconds, 1e-9))))
        return _row(mode, measured(mode.f, *section.args, repeats=repeats))
    except (BadFunction, jax.errors.JaxRuntimeError) as error:
        return Row(mode.word, mode.label, _reason(error), whole=mode.whole)


def _row(mode: Mode, found: Measured) -> Row:
    made = Row(mode.word, mode.label, mode.note, whole=mode.whole, memory=found.temporary_bytes)
    made = dataclasses.replace(made, compile=found.compile_seconds, run=mode.times * found.run_seconds)
    if found.cost is None:
        return dataclasses.replace(made, note=f"{mode.note}; uncounted: a while loop".lstrip("; "))
    counted = found.cost.times(mode.times)
    counts = {"operations": counted.operations, "macs": counted.macs, "uncounted": counted.uncounted}
    return dataclasses.replace(made, **counts)


def _counted(mode: Mode, section: Section) -> Row:
    try:
        found = cost(mode.f, *section.args).times(mode.times)
    except UnknownLength:
        return Row(mode.word, mode.label, "too large to run or count", whole=mode.whole)
    note = f"{mode.note}; not run: too large"
    return Row(mode.word, mode.label, note, found.operations, found.macs, whole=mode.whole, uncounted=found.uncounted)


def _reason(error: Exception) -> str:
    said = str(error).partition("\n")[0][:300]
    for part, reason in REASONS.items():
        if part in said:
            return reason
    return said.split("Error: ", 1)[-1]


def along_paths(subject: Subject) -> Row:
    """The Jacobian as the sum over paths; of a multi-layer perceptron, whose graph is known.

    Its operations are the multiplications along all paths: their number times their length.
    """
    made = Row("paths", "along paths", _no_graph(subject), whole=False)
    found = _perceptron(subject)
    if found is None:
        return made
    activation, widths = found
    number = math.prod(widths)
    steps = number * (len(widths) - 1)
    note = f"multiplications on {_round(number)} paths"
    if steps > MOST_STEPS:
        return dataclasses.replace(made, operations=steps, note=f"{note}; not walked")
    graph = graphs.of_inputs(subject.weights, subject.inputs, activation)
    start = time.perf_counter()
    walked = paths.along_paths(graph)
    seconds = time.perf_counter() - start
    return dataclasses.replace(made, operations=walked.multiplications, run=seconds, note=f"{note}, in Python")


def _perceptron(subject: Subject) -> tuple[Any, tuple[int, ...]] | None:
    """Activation and widths of a `research.models.mlp`, on one example."""
    f, keywords = subject.network, {}
    if isinstance(f, functools.partial):
        f, keywords = f.func, f.keywords
    if f is not mlp.apply or keywords.keys() - {"activation"} or jnp.ndim(subject.inputs) != 1:
        return None
    widths = (subject.inputs.size, *(layer["biases"].size for layer in subject.weights))
    return keywords.get("activation", jax.nn.relu), widths


def _no_graph(subject: Subject) -> str:
    """Of a flax module with the number of paths through its layers with weights: values times product of fan-ins."""
    known = "no graph built"
    if subject.module is None:
        return f"{known}: only of an mlp"
    try:
        found = layers(subject.module, subject.inputs.shape)
    except ValueError:
        return known
    number = subject.m * math.prod(round(layer.R * layer.S * layer.C) for layer in found)
    return f"{known}: some {_round(number)} paths"


def _round(number: int) -> str:
    return f"{number:,}" if number < 10_000_000 else f"{number:.1e}"
