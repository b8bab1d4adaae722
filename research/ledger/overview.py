"""The top of the report: how many claims came to what, where ours differs from the paper, and the filters."""

import itertools
from collections.abc import Sequence
from html import escape
from typing import get_args

from research.experiments import Suite
from research.ledger.cards import VERDICTS, slug, verdict_bar, verdict_class
from research.ledger.table import ours, verdict_text
from research.ledger.verdicts import Judgement
from research.ledger.wording import paper_text, plural, with_unit
from research.ledger.works import Work

FIRST = 8
"""Differences that stand open at the top; the others unfold."""


def summary(works: Sequence[Work]) -> str:
    """How many works and claims there are, and how many came to each verdict."""
    judgements = [judgement for work in works for judgement in work.judgements]
    found = [verdict_text(judgement) for judgement in judgements]
    rows = "".join(
        f'<li class="{slug(verdict)}"><b>{found.count(verdict)}</b> <span class="verdict">{verdict}</span>'
        f"<span>{meaning}</span></li>"
        for verdict, meaning in VERDICTS.items()
        if verdict in found
    )
    totals = f"{plural(len(works), 'work')}, {plural(len(judgements), 'claim')}"
    return f'<p class="totals">{totals}</p>{verdict_bar(judgements)}<ul class="counts">{rows}</ul>'


def differences(works: Sequence[Work]) -> str:
    """The claims that ours does not meet, paper beside ours, each a link to its card; "" where there is none."""
    unmet = [(work, judgement) for work in works for judgement in work.judgements if judgement.accepted is False]
    if not unmet:
        return ""
    rest = unmet[FIRST:]
    more = f"<details><summary>{len(rest)} more</summary>{_listed(rest)}</details>" if rest else ""
    heading = "<h2>Where ours differs or falls short</h2>"
    return f'<section class="differences">{heading}{_listed(unmet[:FIRST])}{more}</section>'


def _listed(unmet: Sequence[tuple[Work, Judgement]]) -> str:
    """Claims under the titles of their works."""
    rows = []
    for work, group in itertools.groupby(unmet, key=lambda pair: pair[0].entry):
        rows.append(f'<li class="of">{escape(work.title)}</li>')
        rows += [_difference(judgement) for _, judgement in group]
    return f"<ul>{''.join(rows)}</ul>"


def _difference(judgement: Judgement) -> str:
    claim = judgement.claim
    paper = (
        f"accepted {judgement.accept}" if claim.paper is None else f"paper {with_unit(paper_text(claim), claim.unit)}"
    )
    return (
        f'<li><a href="#{slug(claim.id)}">{escape(claim.title)}</a><span class="pair"><span>{escape(paper)}</span>'
        f' <b class="{verdict_class(judgement)}">ours {escape(ours(judgement))}</b></span></li>'
    )


def filters(works: Sequence[Work]) -> str:
    """Buttons for verdicts and suites with how many claims each shows, and the field to search in."""
    judged = [(work, judgement) for work in works for judgement in work.judgements]
    verdicts = {name: sum(verdict_text(judgement) == name for _, judgement in judged) for name in VERDICTS}
    verdicts["stale"] = sum(bool(work.stale) for work, _ in judged)
    present = {work.entry.suite for work in works}
    suites = [*(name for name in get_args(Suite) if name in present), *sorted(present - {*get_args(Suite)})]
    counts = {name: sum(work.entry.suite == name for work, _ in judged) for name in suites}
    return _chips("verdict", verdicts) + _chips("suite", counts)


def _chips(kind: str, counts: dict[str, int]) -> str:
    chips = "".join(
        f'<button type="button" data-filter="{kind}" data-value="{escape(value)}" aria-pressed="false"'
        f"{'' if count else ' disabled'}>{escape(value)} <small>{count}</small></button>"
        for value, count in counts.items()
    )
    return f'<div class="chips" role="group" aria-label="{kind}"><span>{kind}</span>{chips}</div>'
