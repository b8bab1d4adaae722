"""The strip of one claim: every seed as a dot, the accepted interval shaded, paper and control marked."""

import math
from collections.abc import Callable

from research.ledger.verdicts import Judgement
from research.ledger.wording import limits_text, number

Place = Callable[[float], float]
CHARACTER = 2.0
"""Width of a character of a limit, in percent of a strip of 320 pixels, the narrowest; on wider ones it is less."""
DOT = 2.2
"""Width of a dot in percent of such a strip."""
LEVELS = (28, 20, 36, 24, 32)
"""Where dots may stand, in pixels from the top; the axis first."""
AXIS = '<line class="axis" x1="0" x2="100%" y1="28" y2="28"/>'


def strip(judgement: Judgement) -> str:
    """Inline SVG as wide as its place; "" where there is nothing to see: no values, or one exact value that is met."""
    drawn = _drawn(judgement)
    if drawn is None:
        return ""
    low, high, place, dots = drawn
    label = f"seeds: {', '.join(number(x, judgement.claim.unit) for x in judgement.values)}"
    limits = "" if judgement.limits is None else _limits(judgement.limits, *map(place, judgement.limits))
    marks = _accepted(judgement, place) + limits + AXIS + _paper(judgement, place)
    marks += _control(judgement, low, high, place) + dots
    return f'<svg class="strip" role="img" aria-label="{label}"><title>{label}</title>{marks}</svg>'


def spark(judgement: Judgement) -> str:
    """The strip small and without words, for the line of a work."""
    drawn = _drawn(judgement)
    if drawn is None:
        return ""
    _, _, place, dots = drawn
    marks = _accepted(judgement, place) + AXIS + _paper(judgement, place) + dots
    return f'<svg class="strip small" aria-hidden="true"><g transform="translate(0,-12)">{marks}</g></svg>'


def _drawn(judgement: Judgement) -> tuple[float, float, Place, str] | None:
    """The range, the place of a value in percent of it, and the dots; None where there is nothing to see."""
    finite = [x for x in judgement.values if math.isfinite(x)]
    exact = judgement.limits is not None and judgement.limits[0] == judgement.limits[1]
    if not finite or (exact and judgement.accepted):
        return None
    low, high = _range(judgement, finite)

    def place(x: float) -> float:
        return 100 * min(1.0, max(0.0, (x - low) / (high - low)))

    return low, high, place, _dots(judgement, place)


def _dots(judgement: Judgement, place: Place) -> str:
    """A dot a seed; one that would cover another stands above or below it, as far as there is room."""
    dots, taken = [], []
    several = len(judgement.values) > 1
    for seed, x in enumerate(judgement.values):
        if math.isfinite(x):
            free = (y for y in LEVELS if all(abs(place(x) - at) > DOT or y != level for at, level in taken))
            taken.append((place(x), next(free, LEVELS[0])))
            text = number(x, judgement.claim.unit)
            title = f"<title>seed {seed}: {text}</title>" if several else f"<title>{text}</title>"
            dots.append(f'<circle class="seed" cx="{place(x):.2f}%" cy="{taken[-1][1]}" r="3.5">{title}</circle>')
    return "".join(dots)


def _range(judgement: Judgement, finite: list[float]) -> tuple[float, float]:
    """What the strip spans: seeds, paper and finite limits with a margin; the control only where it lies near."""
    marks = finite + [float(x) for x in (*(judgement.limits or ()), judgement.claim.paper) if x is not None]
    marks = [x for x in marks if math.isfinite(x)]
    span = max(marks) - min(marks) or max(1e-9, abs(marks[0]) * 0.1)
    control = judgement.control
    if control is not None and min(marks) - span <= control <= max(marks) + span:
        marks.append(control)
    margin = 0.12 * (max(marks) - min(marks) or span)
    return min(marks) - margin, max(marks) + margin


def _accepted(judgement: Judgement, place: Place) -> str:
    if judgement.limits is None:
        return ""
    low, high = map(place, judgement.limits)
    return f'<rect class="accept" x="{low:.2f}%" width="{max(high - low, 0.4):.2f}%" y="15" height="26" rx="3"/>'


def _limits(limits: tuple[float, float], left: float, right: float) -> str:
    """The limits below their edges; where they would overlap, one ends at the left edge, one starts at the right."""
    first, last = texts = limits_text(*limits)
    marks = zip(limits, (left, right), texts, strict=True)
    labels = [_text(x, 55, text, "limit") for limit, x, text in marks if math.isfinite(limit)]
    if len(labels) < 2 or limits[0] == limits[1]:
        return "".join(labels[:1])
    wide, wider, gap = CHARACTER * len(first), CHARACTER * len(last), 2 * CHARACTER
    if right - left >= (wide + wider) / 2 + gap:
        return "".join(labels)
    start = min(max(right, wide + gap), 100 - wider)
    end = min(max(left, wide), start - gap)
    return _text(end, 55, first, "limit", "end") + _text(start, 55, last, "limit", "start")


def _paper(judgement: Judgement, place: Place) -> str:
    if judgement.claim.paper is None:
        return ""
    x = place(float(judgement.claim.paper))
    return f'<line class="paper" x1="{x:.2f}%" x2="{x:.2f}%" y1="13" y2="43"><title>paper</title></line>'


def _control(judgement: Judgement, low: float, high: float, place: Place) -> str:
    """A hollow mark where the control lies near, else an arrow at the edge towards it."""
    if judgement.control is None or not math.isfinite(judgement.control):
        return ""
    text = f"<title>control: {number(judgement.control, judgement.claim.unit)}</title>"
    if low <= judgement.control <= high:
        return f'<circle class="control" cx="{place(judgement.control):.2f}%" cy="28" r="4">{text}</circle>'
    beyond, arrow = (100.0, "control ›") if judgement.control > high else (0.0, "‹ control")
    return _text(beyond, 9, arrow, "beyond")


def _text(x: float, y: int, text: str, kind: str, anchor: str = "") -> str:
    anchor = anchor or ("start" if x < 8 else "end" if x > 92 else "middle")
    return f'<text class="{kind}" x="{x:.2f}%" y="{y}" text-anchor="{anchor}">{text}</text>'
