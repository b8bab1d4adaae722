"""The report: every claim in one page that loads nothing, with hostile text escaped."""

import dataclasses
import itertools
import re

import numpy as np
import pytest
from ledger_fakes import MEASURED, SOURCE, claim, fake_entry
from matplotlib.figure import Figure
from report_fakes import HOSTILE, Page, many_works

from research.claims import Below, Run, at_most
from research.ledger.fingerprints import fingerprint
from research.ledger.overview import FIRST
from research.ledger.records import record_of
from research.ledger.report import HERE, write_report
from research.ledger.works import recorded


@pytest.fixture
def entry(tmp_path):
    return fake_entry(tmp_path / "experiment")


def page(tmp_path, entry, measured=MEASURED, runs=None):
    records = {} if measured is None else {entry.name: record_of(entry, measured, fingerprint(entry, "d"), 1.0)}
    path = write_report(tmp_path / "report", recorded([entry], records), runs or {})
    assert path == tmp_path / "report" / "index.html"
    return path.read_text()


def test_every_claim_stands_in_the_page(tmp_path, entry):
    text = page(tmp_path, entry)
    words = " ".join(Page(text).text)
    for each in entry.claims:
        for part in (each.id, each.title, each.source, each.quantity, each.control or ""):
            assert part in words
    for part in (
        "I Beginnings",
        "3 of 3 reproduced",
        "5.13 ± 0.71 %",
        "mean of error 4 to 6 (a wide interval): met",
        "Nobody 1901, table 1; the figure is read in the source",
        "4.50, 5.00, 5.90 %",
        "python -m research reproduce fake",
        "1 work",
    ):
        assert part in words
    assert text.count("<article") == 3


def test_the_page_loads_nothing(tmp_path, entry):
    run = Run(tmp_path / "run")
    run.figure("decision_lines", Figure())
    text = page(tmp_path, entry, runs={"fake": run.folder})
    for tag, attributes in Page(text).tags:
        for name in ("src", "href", "data", "action", "srcset", "xlink:href"):
            assert attributes.get(name, "data:").startswith(("data:", "#")), (tag, attributes)
        assert not (tag == "link" and attributes.get("rel") != "icon")
        assert not any(name.startswith("on") for name in attributes)
    assert not re.search(r"https?:|//[a-z]|@import|url\(|fetch\(|XMLHttp|import\(", text.replace("data:image", ""))
    assert "default-src 'none'" in text


def test_hostile_text_is_escaped_wherever_it_comes_from(tmp_path):
    docstring = f'"""Fields.\n\n    Args:\n        width: {HOSTILE}\n    """\n\n    text: str = {HOSTILE!r}'
    source = SOURCE.replace('"""Fields."""', docstring)
    entry = fake_entry(tmp_path / "experiment", source)
    fields = dict.fromkeys(("id", "title", "source", "deviation", "unit", "reduced"), HOSTILE)
    hostile = claim(**fields, quantity=HOSTILE, control=f"{HOSTILE}2", accept=at_most(4.0, HOSTILE))
    assert HOSTILE in type(entry.config).__doc__
    measured = {HOSTILE: MEASURED["error"], f"{HOSTILE}2": MEASURED["untrained"]}
    changed = dataclasses.replace(
        entry, claims=(hostile,), name=HOSTILE, record=HOSTILE + f"\n\n{HOSTILE}\n\n- {HOSTILE}", part=HOSTILE
    )
    object.__setattr__(changed, "suite", HOSTILE)
    run = Run(tmp_path / "run")
    run.figure("<b>&\"'", Figure())
    record = record_of(changed, measured, fingerprint(changed, "d"), 1.0)
    machine = dict.fromkeys(("processor", "backend"), HOSTILE) | {"cores": "1"}
    record = dataclasses.replace(
        record, date=HOSTILE, machine=machine, versions=record.versions | {HOSTILE: HOSTILE}, seeds=4
    )
    works = recorded([changed], {HOSTILE: record})
    text = write_report(tmp_path, works, {HOSTILE: run.folder}).read_text()
    parsed = Page(text)
    tags = [tag for tag, _ in parsed.tags]
    assert (tags.count("script"), tags.count("style")) == (1, 1)
    assert "<b>&" not in text
    assert 'alert("x")' not in text
    assert not any("onload" in attributes for _, attributes in parsed.tags)
    shown = "".join(parsed.text)
    # title twice, list item, part, suite twice, id, claim's title three times, source, deviation, reduced, unit often
    assert shown.count(HOSTILE) >= 25
    assert re.search(r'<article class="claim" id="[\w.-]+"', text)


def test_a_page_without_records_says_not_run(tmp_path, entry):
    text = page(tmp_path, entry, measured=None)
    words = " ".join(Page(text).text)
    assert "Not recorded." in words
    assert "0 of 3 reproduced" in words
    assert text.count('data-verdict="not run"') == 3
    assert "<circle" not in text.partition("</nav>")[2].partition("</p>")[2].partition("<footer>")[0]
    assert "Where ours differs" not in text
    assert write_report(tmp_path / "empty", [], {}).read_text().count("0 works, 0 claims") == 1


def test_a_work_shows_that_it_opens(tmp_path, entry):
    tags = Page(page(tmp_path, entry)).tags
    follows = [after for (tag, _), after in itertools.pairwise(tags) if tag == "summary"]
    assert [(tag, attributes["class"]) for tag, attributes in follows] == [("svg", "chevron")] * 3


def test_a_work_says_when_on_what_and_in_what_time_it_was_measured(tmp_path, entry):
    record = record_of(entry, MEASURED, fingerprint(entry, "d"), 1234.56)
    machine = {"processor": "Abacus <9>", "cores": "1", "backend": "cpu"}
    record = dataclasses.replace(record, date="2001-02-03", machine=machine)
    text = write_report(tmp_path, recorded([entry], {"fake": record}), {}).read_text()
    assert "Measured 2001-02-03: 3 seeds in 1,234.6 s on Abacus &lt;9&gt;, 1 core, cpu." in text


def test_orderings_and_reduced_claims_say_what_was_met(tmp_path, entry):
    claims = (claim(accept=Below("linear"), reduced="less"), claim(id="C-2", accept=at_most(5.0, "w"), reduced="less"))
    words = " ".join(Page(page(tmp_path, dataclasses.replace(entry, claims=claims))).text)
    assert words.count("5.13 ± 0.71 % < 9.00 %") == 2  # beside the title of the work, and in the claim
    for part in ("reduced, met", "reduced, not met", "2 reduced (1 met)"):
        assert part in words


def test_the_top_counts_each_verdict_and_lists_where_ours_differs(tmp_path, entry):
    works = many_works(entry, 6)
    text = write_report(tmp_path, works, {}).read_text()
    assert "6 works, 30 claims" in text
    rows = re.findall(r'<li class="([\w-]+)"><b>(\d+)</b> <span class="verdict">([\w, ]+)</span>', text)
    assert rows == [
        (name.replace(", ", "-").replace(" ", "-"), "6", name)
        for name in ("reproduced", "reduced, met", "reduced, not met", "differs", "not run")
    ]
    listed = text.partition("Where ours differs")[2].partition("</section>")[0]
    links = re.findall(r'href="#([^"]+)"', listed)
    assert sorted(links) == sorted(f"W{n}-{place}" for n in range(6) for place in (2, 3))
    for link in links:
        assert text.count(f'id="{link}"') == 1
    first, _, more = listed.partition("<details>")
    assert first.count("<a ") == FIRST
    assert f"{12 - FIRST} more" in more
    assert "paper 5.0 %" in listed
    assert "ours 5.13 ± 0.71 %" in listed


def test_works_are_grouped_by_part(tmp_path, entry):
    others = [dataclasses.replace(entry, name=name, part=part) for name, part in [("b", "II"), ("c", "I"), ("d", "II")]]
    text = write_report(tmp_path, recorded(others, {}), {}).read_text()
    assert re.findall(r'<h2>(\w+)</h2>|id="(\w)"', text) == [("I", ""), ("", "c"), ("II", ""), ("", "b"), ("", "d")]


def test_doubt_and_staleness_are_shown(tmp_path, entry):
    doubtful = dataclasses.replace(entry, claims=(claim(known="recalled"),))
    record = record_of(doubtful, MEASURED, fingerprint(entry, "d"), 1.0)
    works = recorded([dataclasses.replace(doubtful, seeds=4)], {"fake": record})
    text = write_report(tmp_path, works, {}).read_text()
    assert "5.0? %" in text
    assert "? a paper's figure" in text.replace("&#x27;", "'")
    assert "recalled, not read again in the source" in text
    assert "seeds: 3 recorded, 4 asked" in text
    assert 'data-stale="true"' in text


def test_the_filters_name_every_verdict_and_suite_and_count_them(tmp_path, entry):
    text = write_report(tmp_path, many_works(entry, 3), {}).read_text()
    found = re.findall(
        r'data-filter="(\w+)" data-value="([\w, ]+)" aria-pressed="false"( disabled)?>.*?<small>(\d+)<', text
    )
    verdicts = ("reproduced", "reduced, met", "reduced, not met", "differs", "not run")
    assert found == [
        *(("verdict", name, "", "3") for name in verdicts),
        ("verdict", "stale", " disabled", "0"),
        ("suite", "quick", "", "10"),
        ("suite", "cpu", "", "5"),
    ]


def luminance(color):
    channels = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4) @ [
        0.2126,
        0.7152,
        0.0722,
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground_in_both_schemes(scheme):
    css = (HERE / "page.css").read_text()
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    colors = dict(re.findall(r"--([\w-]+): (#\w{6})", blocks[("light", "dark").index(scheme)]))
    for name in ("ink", "soft", "reproduced", "differs", "met", "unmet", "not-run", "accent"):
        for ground in ("paper", "card"):
            dark, light = sorted((luminance(colors[name]), luminance(colors[ground])))
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (name, ground)  # WCAG 2, level AA
