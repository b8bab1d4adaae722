"""The report: one self-contained page with every claim, the paper's figure beside ours, that works offline."""

import itertools
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template

from research.claims import write_text
from research.ledger import overview
from research.ledger.cards import claim_card, figure, verdict_bar, verdict_class
from research.ledger.pictures import Picture, embed
from research.ledger.prose import command, hyperparameters, paragraphs
from research.ledger.strip import spark
from research.ledger.table import flags, ours
from research.ledger.verdicts import Judgement
from research.ledger.wording import DOUBTFUL, LEGEND, paper_text, plural, with_unit
from research.ledger.works import Work

HERE = Path(__file__).parent
CHEVRON = '<svg class="chevron" viewBox="0 0 10 10" aria-hidden="true"><path d="M3 1l4 4-4 4"/></svg>'


def write_report(folder: Path, works: Sequence[Work], runs: Mapping[str, Path]) -> Path:
    """Writes `index.html` into a folder, whole or not at all, and returns its path.

    Args:
        folder: where it goes (`report`).
        works: the works judged, in any order; the page groups them by part.
        runs: run folder of a config, by its name, whose `figures/*.png` are embedded.
    """
    ordered = sorted(works, key=lambda work: work.entry.place)
    pictures = embed({work.entry.name: runs[work.entry.name] for work in ordered if work.entry.name in runs})
    parts = itertools.groupby(ordered, key=lambda work: work.entry.part)
    body = "".join(_part(part, list(works), pictures) for part, works in parts)
    doubtful = any(judgement.claim.known in DOUBTFUL for work in works for judgement in work.judgements)
    page = Template((HERE / "page.html").read_text()).substitute(
        css=(HERE / "page.css").read_text(),
        js=(HERE / "page.js").read_text(),
        summary=overview.summary(ordered),
        differences=overview.differences(ordered),
        filters=overview.filters(ordered),
        body=body,
        legend=escape(LEGEND) if doubtful else "",
        size=f"{plural(sum(map(len, pictures.values())), 'figure')}, {len(body) / 1e6:.1f} MB",
    )
    path = folder / "index.html"
    write_text(path, page)
    return path


def _part(part: str, works: Sequence[Work], pictures: Mapping[str, Sequence[Picture]]) -> str:
    body = "".join(_work(work, pictures.get(work.entry.name, ())) for work in works)
    return f'<section class="part"><h2>{escape(part)}</h2>{body}</section>'


def _work(work: Work, pictures: Sequence[Picture]) -> str:
    entry = work.entry
    claims = "".join(claim_card(judgement, bool(work.stale)) for judgement in work.judgements)
    figures = "".join(map(figure, pictures))
    stale = f"Stale, changed since the record: {escape('; '.join(work.stale))}."
    return (
        f'<details class="work" id="{escape(entry.name)}" data-suite="{escape(entry.suite)}">'
        f'<summary>{_line(work)}</summary><div class="inside">{_measured(work)}'
        + (f'<p class="warning">{stale}</p>' if work.stale else "")
        + f'<div class="claims">{claims}</div>'
        + (f'<div class="figures">{figures}</div>' if figures else "")
        + command(entry)
        + _folded("Paper and assumptions", paragraphs(entry.record))
        + _folded("Settings and where they come from", hyperparameters(entry.config))
        + f"{_provenance(work)}</div></details>"
    )


def _line(work: Work) -> str:
    """The line of a work: its title, the first claim as its headline with its seeds, and how many are reproduced."""
    first = work.judgements[0] if work.judgements else None
    notes = f"<span>{escape(flags(work))}</span>" if flags(work) else ""
    return (
        f'{CHEVRON}<span class="name"><h3>{escape(work.entry.title)}</h3>{_headline(first)}</span>'
        f'<span class="spark">{spark(first) if first else ""}</span>'
        f'<span class="standing">{verdict_bar(work.judgements)}'
        f"<span>{work.count('reproduced')} of {len(work.judgements)} reproduced"
        f"<small>{escape(work.entry.suite)}</small></span>{notes}</span>"
    )


def _headline(first: Judgement | None) -> str:
    if first is None:
        return ""
    claim = first.claim
    paper = "" if claim.paper is None else f"paper <b>{escape(with_unit(paper_text(claim), claim.unit))}</b>, "
    found = "not run" if first.value is None else f'ours <b class="{verdict_class(first)}">{escape(ours(first))}</b>'
    return f'<span class="headline">{escape(claim.title)}: <span class="pair">{paper}{found}</span></span>'


def _folded(title: str, inside: str) -> str:
    return f'<details class="text"><summary>{CHEVRON} {title}</summary>{inside}</details>' if inside else ""


def _measured(work: Work) -> str:
    """When, on what and in what time the values were measured."""
    record = work.record
    if record is None:
        return '<p class="measured">Not recorded.</p>'
    machine = (
        f"{record.machine['processor']}, {plural(int(record.machine['cores']), 'core')}, {record.machine['backend']}"
    )
    text = f"Measured {record.date}: {plural(record.seeds, 'seed')} in {record.seconds:,.1f} s on {machine}."
    return f'<p class="measured">{escape(text)}</p>'


def _provenance(work: Work) -> str:
    if work.record is None:
        return ""
    versions = ", ".join(f"{name} {version}" for name, version in work.record.versions.items())
    return f'<p class="provenance">{escape(versions)}; program {escape(work.record.fingerprint.program[:12])}</p>'
