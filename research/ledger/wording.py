"""Numbers as the tables print them: the paper's as it prints them, ours with the spread over seeds."""

import math

from research.claims import Claim, Known, Number, Statistic

DOUBTFUL = ("recalled", "unsure")
LEGEND = "? a paper's figure as recalled, or unsure: not read in the paper."
KNOWN: dict[Known, str] = {
    "read": "read in the source",
    "computed": "computed, not printed in the source as such",
    "recalled": "recalled, not read again in the source",
    "unsure": "unsure: the source may say otherwise",
}
STATISTICS: dict[Statistic, str] = {
    "mean": "mean",
    "median": "median",
    "worst": "worst value",
    "share": "share",
    "every": "every value",
}


def number(value: Number, unit: str = "", scale: float | None = None) -> str:
    """One number: percent with two decimals, whole numbers with thousands separated, others with four digits.

    Args:
        value: the number; nan and inf are written as such.
        unit: "%" sets two decimals.
        scale: a spread, whose second digit sets the last decimal of a number that is neither a percentage nor whole.
    """
    if not math.isfinite(value):
        return str(value)
    if unit == "%":
        return f"{value:.2f}"
    if scale:
        return f"{value:,.{max(0, 1 - math.floor(math.log10(scale)))}f}" if scale < 1e4 else f"{value:.4g}"
    if value == int(value) and abs(value) < 1e9:
        return f"{int(value):,}"
    return f"{value:.4g}"


def limits_text(low: Number, high: Number) -> tuple[str, str]:
    """The ends of an interval, each to within a hundredth of its width: "0.2499995", "0.2500005"; at least 4 digits."""
    width = high - low
    if not 0 < width < math.inf:
        return number(low), number(high)
    near = (d for d in range(4, 17) if all(abs(float(f"{x:.{d}g}") - x) <= width / 100 for x in (low, high)))
    digits = next(near, 17)
    first, last = (number(x) if x == int(x) else f"{x:.{digits}g}" for x in (low, high))
    return first, last


def paper_text(claim: Claim) -> str:
    """The paper's figure as it is printed there, "558?" where it is recalled or unsure, "-" where there is none."""
    if claim.paper is None:
        return "-"
    whole = claim.paper == int(claim.paper) and claim.unit != "%" and abs(claim.paper) < 1e9
    text = f"{int(claim.paper):,}" if whole else repr(claim.paper)
    return text + ("?" if claim.known in DOUBTFUL else "")


def ours_text(value: float | None, spread: float | None, unit: str = "") -> str:
    """Our figure, "5.02 ± 0.21" where seeds spread, "-" where nothing was measured."""
    if value is None:
        return "-"
    if spread is None or not math.isfinite(spread):
        return number(value, unit)
    scale = spread or None
    return f"{number(value, unit, scale)} ± {number(spread, unit, scale)}"


def with_unit(text: str, unit: str) -> str:
    """A figure and its unit: "5.0 %"; "-" stays alone."""
    return text if text == "-" or not unit else f"{text} {unit}"


def plural(count: int, noun: str) -> str:
    """A count and what is counted: "1 claim", "2,000 claims"."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
