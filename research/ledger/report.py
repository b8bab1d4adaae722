"""The report: one self-contained page with every claim, the paper's figure beside ours, that works offline."""

import base64
import itertools
import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template

from research.claims import write_text
from research.ledger.strip import strip
from research.ledger.table import flags, ours, verdict_text
from research.ledger.verdicts import Judgement
from research.ledger.wording import DOUBTFUL, LEGEND, number, paper_text, with_unit
from research.ledger.works import Work

HERE = Path(__file__).parent
CHEVRON = '<svg class="chevron" viewBox="0 0 10 10" aria-hidden="true"><path d="M3 1l4 4-4 4"/></svg>'
VERDICTS = ("reproduced", "differs", "reduced", "not run")


def write_report(folder: Path, works: Sequence[Work], runs: Mapping[str, Path]) -> Path:
    """Writes `index.html` into a folder, whole or not at all, and returns its path.

    Args:
        folder: where it goes (`report`).
        works: the works judged, in any order; the page groups them by part.
        runs: run folder of a config, by its name, whose `figures/*.png` are embedded.
    """
    ordered = sorted(works, key=lambda work: work.entry.place)
    parts = itertools.groupby(ordered, key=lambda work: work.entry.part)
    judgements = [judgement for work in works for judgement in work.judgements]
    page = Template((HERE / "page.html").read_text()).substitute(
        css=(HERE / "page.css").read_text(),
        js=(HERE / "page.js").read_text(),
        summary=_summary(len(works), judgements),
        suites=_chips("suite", sorted({work.entry.suite for work in works})),
        verdicts=_chips("verdict", [*VERDICTS, "stale"]),
        legend=escape(LEGEND) if any(judgement.claim.known in DOUBTFUL for judgement in judgements) else "",
        body="".join(_part(part, list(works), runs) for part, works in parts),
    )
    path = folder / "index.html"
    write_text(path, page)
    return path


def _summary(works: int, judgements: Sequence[Judgement]) -> str:
    counts = {verdict: sum(judgement.verdict == verdict for judgement in judgements) for verdict in VERDICTS}
    shown = {verdict: count for verdict, count in counts.items() if count}
    bar = "".join(f'<i class="{_class(verdict)}" style="flex-grow:{count}"></i>' for verdict, count in shown.items())
    words = "".join(f'<li class="{_class(verdict)}"><b>{count}</b> {verdict}</li>' for verdict, count in shown.items())
    totals = f"{_plural(works, 'work')}, {_plural(len(judgements), 'claim')}"
    return f'<p class="totals">{totals}</p><div class="bar">{bar}</div><ul class="counts">{words}</ul>'


def _chips(kind: str, values: Sequence[str]) -> str:
    chips = "".join(
        f'<button type="button" data-filter="{kind}" data-value="{escape(value)}" aria-pressed="false">'
        f"{escape(value)}</button>"
        for value in values
    )
    return f'<div class="chips" role="group" aria-label="{kind}"><span>{kind}</span>{chips}</div>'


def _part(part: str, works: Sequence[Work], runs: Mapping[str, Path]) -> str:
    body = "".join(_work(work, runs.get(work.entry.name)) for work in works)
    return f'<section class="part"><h2>{escape(part)}</h2>{body}</section>'


def _work(work: Work, run: Path | None) -> str:
    entry = work.entry
    claims = "".join(_claim(judgement, bool(work.stale)) for judgement in work.judgements)
    stale = (
        f'<p class="warning">Stale, changed since the record: {escape("; ".join(work.stale))}.</p>'
        if work.stale
        else ""
    )
    return (
        f'<details class="work" id="{escape(entry.name)}" data-suite="{escape(entry.suite)}"><summary>{_headline(work)}'
        f'</summary><div class="inside">{_measured(work)}{stale}<div class="claims">{claims}</div>{_figures(run)}'
        f'<pre class="command"><code>python -m research reproduce {escape(entry.name)}</code></pre>'
        f'<details class="text"><summary>{CHEVRON} Record of the experiment</summary>'
        f"{_record_text(entry.record)}</details>"
        f"{_provenance(work)}</div></details>"
    )


def _headline(work: Work) -> str:
    first = work.judgements[0] if work.judgements else None
    pair = "" if first is None else f'<span class="pair">{_pair(first)}</span>'
    dots = "".join(f'<i class="{_class(judgement.verdict)}"></i>' for judgement in work.judgements)
    note = f'<span class="flags">{escape(flags(work))}</span>' if flags(work) else ""
    return (
        f'{CHEVRON}<span class="name">{escape(work.entry.title)}'
        f'<span class="dots" aria-hidden="true">{dots}</span></span>{pair}'
        f'<span class="count">{work.count("reproduced")} of {len(work.judgements)} reproduced</span>'
        f'<span class="suite">{escape(work.entry.suite)}</span>{note}'
    )


def _pair(judgement: Judgement) -> str:
    claim = judgement.claim
    paper = "" if claim.paper is None else f"paper <b>{escape(with_unit(paper_text(claim), claim.unit))}</b>, "
    return f"{paper}ours <b>{escape(ours(judgement))}</b>"


def _claim(judgement: Judgement, is_stale: bool) -> str:
    claim = judgement.claim
    control = "-" if judgement.control is None else with_unit(number(judgement.control, claim.unit), claim.unit)
    figures = (("paper", with_unit(paper_text(claim), claim.unit)), ("ours", ours(judgement)), ("control", control))
    facts = {
        "accepted": judgement.test,
        "source": f"{claim.source} ({claim.known})",
        "control": claim.control or "none: one exact value",
        "deviation": claim.deviation,
        "reduced": judgement.reduced,
    }
    numbers = "".join(f"<div><dt>{name}</dt><dd>{escape(text)}</dd></div>" for name, text in figures)
    rows = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in facts.items() if text)
    mark = '<span class="badge stale">stale</span>' if is_stale else ""
    return (
        f'<article class="claim" data-verdict="{judgement.verdict}" data-stale="{str(is_stale).lower()}"><header>'
        f"<code>{escape(claim.id)}</code><h3>{escape(claim.title)}</h3>"
        f'<span class="badge {_class(judgement.verdict)}">{verdict_text(judgement)}</span>{mark}</header>'
        f'<dl class="numbers">{numbers}</dl>{strip(judgement)}<dl class="facts">{rows}</dl></article>'
    )


def _figures(run: Path | None) -> str:
    paths = [] if run is None else sorted((run / "figures").glob("*.png"))
    figures = map(_figure, paths)
    return f'<div class="figures">{"".join(figures)}</div>' if paths else ""


def _figure(path: Path) -> str:
    image = base64.b64encode(path.read_bytes()).decode()
    caption = escape(path.stem.replace("_", " "))
    return (
        f'<figure><img alt="{caption}" src="data:image/png;base64,{image}"><figcaption>{caption}</figcaption></figure>'
    )


def _record_text(record: str) -> str:
    """Paragraphs as such, blocks with indented lines or lists as they stand."""
    blocks = re.split(r"\n\s*\n", record.strip())
    return "".join(
        f"<pre>{escape(block)}</pre>" if re.search(r"^(\s|[-*|>])", block, re.MULTILINE) else f"<p>{escape(block)}</p>"
        for block in blocks
    )


def _measured(work: Work) -> str:
    """When, on what and in what time the values were measured."""
    record = work.record
    if record is None:
        return '<p class="measured">Not recorded.</p>'
    machine = (
        f"{record.machine['processor']}, {_plural(int(record.machine['cores']), 'core')}, {record.machine['backend']}"
    )
    text = f"Measured {record.date}: {_plural(record.seeds, 'seed')} in {record.seconds:,.1f} s on {machine}."
    return f'<p class="measured">{escape(text)}</p>'


def _provenance(work: Work) -> str:
    if work.record is None:
        return ""
    versions = ", ".join(f"{name} {version}" for name, version in work.record.versions.items())
    return f'<p class="provenance">{escape(versions)}; program {work.record.fingerprint.program[:12]}</p>'


def _class(verdict: str) -> str:
    return verdict.replace(" ", "-")


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
