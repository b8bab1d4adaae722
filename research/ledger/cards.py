"""A claim as a card of the report: paper beside ours, every seed, what was accepted, control, source and deviation."""

import re
from collections.abc import Sequence
from html import escape

from research.ledger.pictures import Picture
from research.ledger.strip import strip
from research.ledger.table import ours, verdict_text
from research.ledger.verdicts import Judgement
from research.ledger.wording import KNOWN, STATISTICS, number, paper_text, with_unit

VERDICTS = {
    "reproduced": "ours meets what was accepted before it was measured",
    "reduced, met": "ours meets it, with less data, a smaller model or less training than the paper's",
    "reduced, not met": "ours, with less than the paper's, does not meet it",
    "differs": "ours does not meet it; the claim says what is known of why",
    "not run": "not measured yet",
}
"""What a claim can come to, in the order of the page, and what that means."""


def verdict_class(judgement: Judgement) -> str:
    """Class of a verdict in the page's style: "reduced-not-met"."""
    return slug(verdict_text(judgement))


def verdict_bar(judgements: Sequence[Judgement]) -> str:
    """A bar with one piece a verdict, as long as the claims that came to it."""
    found = [verdict_text(judgement) for judgement in judgements]
    pieces = (f'<i class="{slug(v)}" style="flex-grow:{found.count(v)}"></i>' for v in VERDICTS if v in found)
    return f'<span class="bar" aria-hidden="true">{"".join(pieces)}</span>'


def slug(text: str) -> str:
    """A text as an address inside the page: letters, digits, "_", "." and "-"."""
    return re.sub(r"[^\w.]+", "-", text).strip("-") or "-"


def claim_card(judgement: Judgement, is_stale: bool) -> str:
    """One claim."""
    claim, anchor = judgement.claim, slug(judgement.claim.id)
    mark = '<span class="badge stale">stale</span>' if is_stale else ""
    return (
        f'<article class="claim" id="{anchor}" data-verdict="{verdict_text(judgement)}"'
        f' data-stale="{str(is_stale).lower()}"><header>'
        f'<a class="id" href="#{anchor}" title="link to this claim"><code>{escape(claim.id)}</code></a>'
        f"<h4>{escape(claim.title)}</h4>"
        f'<span class="badge {verdict_class(judgement)}">{verdict_text(judgement)}</span>{mark}</header>'
        f'<div class="shown">{_numbers(judgement)}{strip(judgement)}</div>{_facts(judgement)}</article>'
    )


def _numbers(judgement: Judgement) -> str:
    claim, control = judgement.claim, judgement.control
    figures = {"paper": with_unit(paper_text(claim), claim.unit), "ours": ours(judgement)}
    if control is not None:
        figures["control"] = with_unit(number(control, claim.unit), claim.unit)
    pairs = (f'<div class="{name}"><dt>{name}</dt><dd>{escape(text)}</dd></div>' for name, text in figures.items())
    return f'<dl class="numbers">{"".join(pairs)}</dl>'


def _facts(judgement: Judgement) -> str:
    claim, values = judgement.claim, judgement.values
    met = {True: ": met", False: ": not met", None: ""}[judgement.accepted]
    seeds = ", ".join(number(x, claim.unit) for x in values) if len(set(values)) > 1 else ""
    facts = {
        "accepted": f"{STATISTICS[claim.statistic]} of {claim.quantity} {judgement.accept}{met}",
        "paper": f"{claim.source}; the figure is {KNOWN[claim.known]}",
        "seeds": with_unit(seeds, claim.unit) if seeds else "",
        "control": f"{claim.control}: must not be accepted" if claim.control else "",
        "deviation": claim.deviation,
        "reduced": judgement.reduced,
    }
    rows = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in facts.items() if text)
    return f'<dl class="facts">{rows}</dl>'


def figure(picture: Picture) -> str:
    """A picture with its caption; a click enlarges it."""
    caption = escape(picture.caption)
    if not picture.data:
        return f"<figure><figcaption>{caption}: {escape(picture.note)}.</figcaption></figure>"
    return (
        f'<figure><button type="button" class="enlarge" aria-label="enlarge: {caption}"><img alt="{caption}"'
        f' loading="lazy" decoding="async" width="{picture.width}" height="{picture.height}"'
        f' src="data:image/png;base64,{picture.data}"></button><figcaption>{caption}</figcaption></figure>'
    )
