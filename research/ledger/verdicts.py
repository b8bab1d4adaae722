"""Verdicts: a claim and its measurements in, what they say out. Verdicts are computed, never stored."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from research.claims import Below, Claim, Measurements, Within
from research.ledger.wording import limits_text, number

Verdict = Literal["reproduced", "differs", "reduced", "not run"]


class ControlPassed(ValueError):
    """The control of a claim is accepted too: the claim shows nothing, and the ledger fails."""


class MissingQuantity(LookupError):
    """A claim names a quantity that was not measured."""


@dataclasses.dataclass(frozen=True)
class Judgement:
    """What the measurements say of a claim.

    Args:
        claim: the claim.
        verdict: reproduced, differs, reduced or not run.
        accepted: whether the value meets `claim.accept`; None where nothing can be said.
        value: the claim's statistic over seeds; None where nothing was measured.
        spread: sample standard deviation over seeds (n - 1); None for one value.
        values: the value of every seed.
        control: the same statistic of the control; None without one.
        limits: accepted interval in numbers; None for an ordering seed by seed or against what was not measured.
        accept: what counts as reproduced, in words.
        reduced: what was smaller than in the paper, of the claim or of this run.
    """

    claim: Claim
    verdict: Verdict
    accepted: bool | None
    value: float | None
    spread: float | None
    values: tuple[float, ...]
    control: float | None
    limits: tuple[float, float] | None
    accept: str
    reduced: str

    @property
    def test(self) -> str:
        """What was asked of the value and whether it met it: "mean < linear_error = 9.1: met"."""
        met = {True: ": met", False: ": not met", None: ""}[self.accepted]
        return f"{self.claim.statistic} {self.accept}{met}"


def judge(
    claim: Claim, measurements: Measurements | None, others: Mapping[str, Measurements], reduced: str = ""
) -> Judgement:
    """The verdict on a claim.

    Args:
        claim: the claim.
        measurements: of the claim's own config; None where it was not run.
        others: measurements of other configs, by name, for orderings across configs.
        reduced: what this run had less of than its config asks for (seeds, steps, fields); "" for a whole run.

    Raises:
        MissingQuantity: the claim, its control or its ordering names a quantity that was not measured.
        ControlPassed: the control is accepted.
        ValueError: values that are no flat array of numbers, or a share of other values than 0 and 1.
    """
    reduced = "; ".join(filter(None, (claim.reduced, reduced)))
    if measurements is None:
        return Judgement(claim, "not run", None, None, None, (), None, *_accepts(claim, None), reduced)
    x = _values(claim, claim.quantity, measurements, "")
    control = None if claim.control is None else _values(claim, claim.control, measurements, "")
    y, known = _other_side(claim, measurements, others)
    accepted = _accepted(claim, x, y) if known else None
    if control is not None and known and _accepted(claim, control, y):
        what = f"{claim.control} = {number(statistic(claim, control))} {claim.unit}".rstrip()
        raise ControlPassed(f"claim {claim.id}: its control passes: {what} is accepted by {_accepts(claim, y)[1]}")
    verdict = "not run" if accepted is None else "reduced" if reduced else "reproduced" if accepted else "differs"
    return Judgement(
        claim=claim,
        verdict=cast(Verdict, verdict),
        accepted=accepted,
        value=statistic(claim, x),
        spread=float(np.std(x, ddof=1)) if x.size > 1 and np.isfinite(x).all() else None,
        values=tuple(x.tolist()),
        control=None if control is None else statistic(claim, control),
        limits=_accepts(claim, y)[0],
        accept=_accepts(claim, y)[1],
        reduced=reduced,
    )


def statistic(claim: Claim, x: NDArray[np.float64]) -> float:
    """The values of the seeds as one, by `claim.statistic`; nan where any of them is nan.

    worst is the value farthest outside the accepted limits (or nearest to leaving them); the largest under an ordering.
    """
    if np.isnan(x).any():
        return math.nan
    if claim.statistic == "median":
        return float(np.median(x))
    if claim.statistic == "worst":
        return float(x[np.argmax(_excess(claim.accept, x))])
    if claim.statistic == "share" and not np.isin(x, (0.0, 1.0)).all():
        raise ValueError(f"claim {claim.id}: a share is a mean of 0 and 1, and other values were measured")
    return float(np.mean(x))


def worse(new: Judgement, old: Judgement) -> bool:
    """Whether a verdict is worse than the recorded one: accepted then and not now.

    A claim that was not run then or now, or of which this run measured less than the record did, says nothing.
    """
    comparable = new.accepted is not None and new.reduced == old.reduced
    return comparable and bool(old.accepted) and not new.accepted


def _excess(accept: Within | Below, x: NDArray[np.float64]) -> NDArray[np.float64]:
    return x if isinstance(accept, Below) else np.maximum(accept.low - x, x - accept.high)


def _accepted(claim: Claim, x: NDArray[np.float64], y: NDArray[np.float64] | None) -> bool:
    if np.isnan(x).any():
        return False
    value = x if claim.statistic == "every" else np.asarray(statistic(claim, x))
    if isinstance(claim.accept, Within):
        return bool(np.all((claim.accept.low <= value) & (value <= claim.accept.high)))
    assert y is not None
    bound = _bound(claim, y)
    if bound.size not in (1, value.size):
        raise ValueError(f"claim {claim.id}: seed by seed, {value.size} values cannot be under {bound.size}")
    return bool(np.all(value + claim.accept.margin < bound))


def _bound(claim: Claim, y: NDArray[np.float64]) -> NDArray[np.float64]:
    """The other side of an ordering: seed by seed for every, the smallest for worst, else the same statistic."""
    if claim.statistic == "every":
        return y
    return np.asarray(np.min(y) if claim.statistic == "worst" else statistic(claim, y))


def _other_side(
    claim: Claim, measurements: Measurements, others: Mapping[str, Measurements]
) -> tuple[NDArray[np.float64] | None, bool]:
    """The values on the other side of an ordering, and whether all that the verdict needs was measured."""
    if isinstance(claim.accept, Within):
        return None, True
    config = claim.accept.config
    if config is not None and config not in others:
        return None, False
    source = measurements if config is None else others[config]
    return _values(claim, claim.accept.quantity, source, f" by {config}" if config else ""), True


def _values(claim: Claim, quantity: str, measurements: Measurements, where: str) -> NDArray[np.float64]:
    if quantity not in measurements:
        known = ", ".join(sorted(measurements)) or "nothing"
        raise MissingQuantity(f"claim {claim.id}: {quantity!r} was not measured{where}; measured: {known}")
    values = np.atleast_1d(np.asarray(measurements[quantity], np.float64))
    if values.ndim != 1 or values.size == 0:
        raise ValueError(f"claim {claim.id}: {quantity!r} has shape {values.shape}, not one value a seed")
    return values


def _accepts(claim: Claim, y: NDArray[np.float64] | None) -> tuple[tuple[float, float] | None, str]:
    """The accepted interval in numbers and in words."""
    accept = claim.accept
    if isinstance(accept, Within):
        return (float(accept.low), float(accept.high)), _interval(accept)
    name = accept.quantity if accept.config is None else f"{accept.quantity} of {accept.config}"
    text = f"< {name}" + (f" - {number(accept.margin)}" if accept.margin else "")
    if y is None:
        return None, text if accept.config is None else f"{text} (not measured)"
    bound = _bound(claim, y) - accept.margin
    if bound.size > 1:
        return None, f"{text}, seed by seed"
    return (-math.inf, bound.item()), f"{text} = {number(bound.item())}"


def _interval(accept: Within) -> str:
    if accept.exact:
        return f"= {number(accept.low)}"
    if math.isinf(accept.low):
        return f"≤ {number(accept.high)} ({accept.why})"
    if math.isinf(accept.high):
        return f"≥ {number(accept.low)} ({accept.why})"
    return f"{' to '.join(limits_text(accept.low, accept.high))} ({accept.why})"
