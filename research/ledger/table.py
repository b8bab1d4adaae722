"""The table "paper / ours / verdict": one line a work in the README, one row a claim on the terminal."""

import math
from collections.abc import Sequence
from html import escape
from pathlib import Path

from rich.console import Group, RenderableType
from rich.padding import Padding

from research.claims import Below, Within, write_text
from research.ledger.verdicts import Judgement
from research.ledger.wording import DOUBTFUL, LEGEND, number, ours_text, paper_text, with_unit
from research.ledger.works import Work

START, END = "<!-- table -->", "<!-- /table -->"
HEADER = ("Part", "Work", "Reproduced", "First claim", "Paper", "Ours", "Seeds", "Suite", "Flags")
COLORS = {"reproduced": "green", "differs": "red", "reduced": "yellow", "not run": "dim"}


class ReadmeOutdated(ValueError):
    """The README's table disagrees with the records."""


def markdown(works: Sequence[Work]) -> str:
    """The README's table: one line a work, with how many of its claims are reproduced and the first of them."""
    rows = [HEADER, ("---",) * len(HEADER), *(_line(work) for work in sorted(works, key=lambda work: work.entry.place))]
    table = "\n".join("| " + " | ".join(_cell(text) for text in row) + " |" for row in rows)
    return table + (f"\n\n{LEGEND}" if any(_doubtful(work) for work in works) else "")


def update_readme(path: Path, works: Sequence[Work]) -> None:
    """Writes the table between the README's two markers.

    Raises:
        ValueError: a README without the markers.
    """
    before, _, after = _parts(path)
    write_text(path, f"{before}{START}\n{markdown(works)}\n{END}{after}")


def check_readme(path: Path, works: Sequence[Work]) -> None:
    """Compares the README's table with the records.

    Raises:
        ReadmeOutdated: they disagree; the message names the first line that does.
    """
    found, wanted = _parts(path)[1].strip().splitlines(), markdown(works).splitlines()
    length = max(len(found), len(wanted))
    pairs = zip(found + [""] * (length - len(found)), wanted + [""] * (length - len(wanted)), strict=True)
    for old, new in pairs:
        if old != new:
            raise ReadmeOutdated(f"{path}: the table reads {old!r}, the records say {new!r}")


def claims_table(works: Sequence[Work]) -> Group:
    """Every claim for a terminal of any width: what is claimed, the figures beside each other, what deviates."""
    lines: list[RenderableType] = []
    for work in works:
        stale = f" [yellow](stale: {_plain('; '.join(work.stale))})[/]" if work.stale else ""
        lines.append(f"\n[bold]{_plain(work.entry.title)}[/]{stale}")
        lines += [line for judgement in work.judgements for line in _lines(judgement)]
    if any(judgement.claim.known in DOUBTFUL for work in works for judgement in work.judgements):
        lines.append(f"\n[dim]{LEGEND}[/]")
    return Group(*lines)


def _lines(judgement: Judgement) -> list[RenderableType]:
    claim, color = judgement.claim, COLORS[judgement.verdict]
    figures = f"paper {paper_text(claim)}   ours [bold]{_plain(ours(judgement))}[/]"
    if judgement.control is not None:
        figures += f"   control {number(judgement.control, claim.unit)}"
    exact = isinstance(claim.accept, Within) and claim.accept.exact
    note = "; ".join(filter(None, ("" if exact else judgement.test, claim.deviation, judgement.reduced)))
    below = [f"[{color}]{verdict_text(judgement)}[/]   {figures}", f"[dim]{_plain(note)}[/]" if note else ""]
    indented = [Padding(text, (0, 0, 0, 4)) for text in below if text]
    return [Padding(f"[cyan]{_plain(claim.id)}[/]  {_plain(claim.title)}", (0, 0, 0, 2)), *indented]


def ours(judgement: Judgement) -> str:
    """Our figure with its unit; of an ordering with what it had to stay under: "7.86 ± 0.60 % < 9.81 %", or "≥".

    A worst value and a share stand without spread. Where the figure shown does not decide (an ordering seed by seed,
    a value that is not finite), it stands alone.
    """
    claim, value = judgement.claim, judgement.value
    spread = None if claim.statistic in ("worst", "share") else judgement.spread
    text = with_unit(ours_text(value, spread, claim.unit), claim.unit)
    if not isinstance(claim.accept, Below) or judgement.limits is None or value is None:
        return text
    bound = judgement.limits[1]
    if not math.isfinite(value) or judgement.accepted != (value < bound):
        return text
    return f"{text} {'<' if judgement.accepted else '≥'} {with_unit(number(bound, claim.unit), claim.unit)}"


def verdict_text(judgement: Judgement) -> str:
    """The verdict; of a reduced claim with whether it met its test: "reduced, not met"."""
    met = {True: ", met", False: ", not met", None: ""}[judgement.accepted]
    return judgement.verdict + (met if judgement.verdict == "reduced" else "")


def flags(work: Work) -> str:
    """What the count of reproduced claims does not say: "1 differs, 3 reduced (2 met), stale"."""
    met = sum(judgement.verdict == "reduced" and bool(judgement.accepted) for judgement in work.judgements)
    notes = {"differs": "", "reduced": f" ({met} met)", "not run": ""}
    counts = [f"{work.count(verdict)} {verdict}{note}" for verdict, note in notes.items() if work.count(verdict)]
    return ", ".join(counts + (["stale"] if work.stale else []))


def _line(work: Work) -> tuple[str, ...]:
    first = work.judgements[0] if work.judgements else None
    headline = ("", "-", "-")
    if first is not None:
        headline = (first.claim.title, with_unit(paper_text(first.claim), first.claim.unit), ours(first))
    seeds = "-" if work.record is None else str(work.record.seeds)
    reproduced = f"{work.count('reproduced')} of {len(work.judgements)}"
    return (work.entry.part, work.entry.title, reproduced, *headline, seeds, work.entry.suite, flags(work))


def _doubtful(work: Work) -> bool:
    return bool(work.judgements) and work.judgements[0].claim.known in DOUBTFUL


def _cell(text: str) -> str:
    return escape(" ".join(text.split()), quote=False).replace("|", "\\|")


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


def _parts(path: Path) -> tuple[str, str, str]:
    text = path.read_text()
    before, start, rest = text.partition(START)
    table, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError(f"{path} has no table: write {START} and {END} on lines of their own")
    return before, table, after
