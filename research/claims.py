"""What an experiment states and what it is given: Claim, the ways to accept one, Measurements and Run.

A claim is one figure of one paper, with what counts as having reproduced it, fixed before it is measured, and with the
control that must fail the same test. The verdict is computed from measurements in `research.ledger.verdicts`.
"""

import contextlib
import dataclasses
import fcntl
import json
import math
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Literal

from matplotlib.figure import Figure
from numpy.typing import NDArray

Measurements = Mapping[str, NDArray[Any]]
"""From the name of a quantity to an array with one value a seed; one value in all where no seed enters."""

Number = float | int
Statistic = Literal["mean", "median", "worst", "share", "every"]
Known = Literal["read", "computed", "recalled", "unsure"]


@dataclasses.dataclass(frozen=True)
class Within:
    """Accepts low <= x <= high: an exact figure, a bound or an interval.

    Args:
        low: smallest accepted value, in the claim's unit; -inf for none.
        high: largest accepted value, in the claim's unit; inf for none.
        why: where the limits come from, in a few words.

    Raises:
        ValueError: low > high, or a limit that is not a number.
    """

    low: Number
    high: Number
    why: str

    def __post_init__(self) -> None:
        """Refuses limits that accept nothing."""
        if not self.low <= self.high:
            raise ValueError(f"Within: low = {self.low} must not be greater than high = {self.high}")

    @property
    def exact(self) -> bool:
        """Whether only one value is accepted."""
        return self.low == self.high


@dataclasses.dataclass(frozen=True)
class Below:
    """Accepts x + margin < y, with y the same statistic of another quantity, of this config or of another one.

    The worst x stands against the smallest y, and every x against the y of its own seed.

    Args:
        quantity: the quantity that x must stay under.
        config: the config that measures it; None for the claim's own.
        margin: how far under, in the claim's unit; 0 or more.
    """

    quantity: str
    config: str | None = None
    margin: Number = 0.0


def exactly(value: Number) -> Within:
    """The value and nothing else: for counts."""
    return Within(value, value, "exact")


def printed(value: Number, digits: int) -> Within:
    """Every number that rounds to `value` at `digits` decimal places, as the paper prints it."""
    half = 0.5 * 10.0**-digits
    return Within(value - half, value + half, f"rounds to {value:.{digits}f}")


def at_most(high: Number, why: str) -> Within:
    """An upper bound, with where it comes from."""
    return Within(-math.inf, high, why)


def at_least(low: Number, why: str) -> Within:
    """A lower bound, with where it comes from."""
    return Within(low, math.inf, why)


def binomial_interval(percent: Number, paper_examples: int, our_examples: int, z: float = 1.96) -> Within:
    """The interval in which a second measurement of the paper's rate falls, from the paper's own uncertainty alone.

    p +- z sqrt(p (1 - p) (1 / n_paper + 1 / n_ours)): the binomial error of the paper's test set and of ours, combined.
    The spread over seeds is not added: it would widen the interval by what we measure.

    Args:
        percent: the paper's rate, in percent, 0 to 100.
        paper_examples: examples on which the paper measured it.
        our_examples: examples on which we measure it.
        z: half-width in standard deviations; 1.96 covers 95 %.

    Returns:
        The interval in percent, cut to 0..100.

    Raises:
        ValueError: a rate outside 0..100 or no examples.
    """
    if not 0 <= percent <= 100 or paper_examples < 1 or our_examples < 1:
        raise ValueError(f"binomial_interval: {percent} % of {paper_examples} and {our_examples} examples")
    p = percent / 100
    half = 100 * z * math.sqrt(p * (1 - p) * (1 / paper_examples + 1 / our_examples))
    why = f"binomial, {z} standard deviations, {paper_examples} and {our_examples} examples"
    return Within(max(0.0, percent - half), min(100.0, percent + half), why)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Claim:
    """One figure of one paper and what counts as having reproduced it.

    Args:
        id: short name, unique in the ledger ("L89-1").
        title: what is claimed, in one line.
        quantity: name of the measured quantity in the experiment's Measurements.
        statistic: how the values of the seeds become one: mean, median, worst (the one farthest outside what is
            accepted, or nearest to leaving it), share (mean of 0 and 1) or every (shown as the mean; each seed must be
            accepted).
        paper: the paper's value in `unit`; None where it states an ordering or a bound without a number.
        accept: what counts as reproduced.
        control: quantity measured with the cause removed (untrained, shuffled labels, another rule); it must not be
            accepted. None only where `accept` is one exact value.
        unit: unit of the value ("%", "units", "mistakes").
        source: authors, year, table or section.
        known: how the paper's figure is known to us.
        deviation: what differs from the paper's set-up and, where the verdict is *differs*, what is known of why.
        reduced: what was smaller than in the paper (data, model, passes); such a claim never reads *reproduced*.

    Raises:
        ValueError: an accept of more than one value without a control.
    """

    id: str
    title: str
    quantity: str
    statistic: Statistic
    paper: Number | None
    accept: Within | Below
    control: str | None
    unit: str
    source: str
    known: Known
    deviation: str = ""
    reduced: str = ""

    def __post_init__(self) -> None:
        """Refuses a claim that nothing could fail."""
        exact = isinstance(self.accept, Within) and self.accept.exact
        if self.control is None and not exact:
            raise ValueError(f"claim {self.id}: a claim that accepts more than one value needs a control")


@dataclasses.dataclass(frozen=True)
class Run:
    """What an experiment is given to speak through: progress, figures, metric lines and a folder for checkpoints.

    Args:
        folder: where everything of this run lies (`runs/NAME/HASH`).
        bar: opens a progress bar: bar(description, total) yields advance(steps, note).
    """

    folder: Path
    bar: Callable[[str, int], contextlib.AbstractContextManager[Callable[[int, str], None]]] = (
        lambda _description, _total: contextlib.nullcontext(lambda _steps, _note: None)
    )

    @contextlib.contextmanager
    def progress(self, description: str, total: int) -> Iterator[Callable[[int, str], None]]:
        """Shows a progress bar; yields `advance(steps, note)`, whose note is a short text such as the loss."""
        with self.bar(description, total) as advance:
            yield advance

    def figure(self, name: str, figure: Figure) -> Path:
        """Writes a figure to `figures/NAME.png`, whole or not at all, and returns its path."""
        path = self.folder / "figures" / f"{name}.png"
        with whole(path) as file:
            figure.savefig(file, format="png", dpi=120, metadata={"Software": None})
        return path

    def log(self, **values: float | int | str) -> None:
        """Appends one line to `metrics.jsonl`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "metrics.jsonl").open("a") as lines:
            lines.write(json.dumps(values) + "\n")


def write_text(path: Path, text: str) -> None:
    """Writes a text file whole or not at all; see `whole`."""
    with whole(path) as file:
        file.write(text.encode())


@contextlib.contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """Yields a file that becomes `path`, by a rename, when the block ends; where it raises, nothing is left of it.

    A file has one temporary name, under a lock: what a killed writer left there the next one writes over.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    with _locked(temporary) as file:
        try:
            file.truncate(0)
            yield file
            file.flush()
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[BinaryIO]:
    while True:
        with path.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not _is_at(file.fileno(), path):
                continue  # its last writer renamed it while we waited
            yield file
        return


def _is_at(descriptor: int, path: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False
