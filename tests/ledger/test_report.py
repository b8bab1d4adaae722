"""The report: every claim in one page that loads nothing, with hostile text escaped."""

import dataclasses
import itertools
import math
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from ledger_fakes import MEASURED, claim, fake_entry
from matplotlib.figure import Figure

from research.claims import Below, Run, Within, at_most
from research.ledger.fingerprints import fingerprint
from research.ledger.records import record_of
from research.ledger.report import write_report
from research.ledger.strip import CHARACTER, strip
from research.ledger.verdicts import judge
from research.ledger.works import recorded

HOSTILE = '<script>alert("x")</script> & $css ${js} \' onload="x"'
VOID = {"meta", "link", "img"}


class Page(HTMLParser):
    """Collects tags, attributes and text, and checks that every tag is closed by its own."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.text = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        self.text.append(text)


@pytest.fixture
def entry(tmp_path):
    return fake_entry(tmp_path / "experiment")


def page(tmp_path, entry, measured=MEASURED, runs=None):
    records = {} if measured is None else {"fake": record_of(entry, measured, fingerprint(entry, "d"), 1.0)}
    path = write_report(tmp_path / "report", recorded([entry], records), runs or {})
    assert path == tmp_path / "report" / "index.html"
    return path.read_text()


def test_every_claim_stands_in_the_page(tmp_path, entry):
    text = page(tmp_path, entry)
    words = " ".join(Page(text).text)
    for each in entry.claims:
        for part in (each.id, each.title, each.source, each.quantity if each.control is None else each.control):
            assert part in words
    for part in (
        "I Beginnings",
        "3 of 3 reproduced",
        "5.13 ± 0.71 %",
        "wide interval): met",
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
            assert attributes.get(name, "data:").startswith("data:"), (tag, attributes)
        assert not (tag == "link" and attributes.get("rel") != "icon")
        assert not any(name.startswith("on") for name in attributes)
    assert not re.search(r"https?:|//[a-z]|@import|url\(|fetch\(|XMLHttp|import\(", text.replace("data:image", ""))
    assert "default-src 'none'" in text


def test_figures_of_the_run_are_embedded(tmp_path, entry):
    run = Run(tmp_path / "run")
    run.figure("decision_lines", Figure())
    text = page(tmp_path, entry, runs={"fake": run.folder})
    images = [attributes for tag, attributes in Page(text).tags if tag == "img"]
    assert [image["alt"] for image in images] == ["decision lines"]
    assert images[0]["src"].startswith("data:image/png;base64,iVBORw0KGgo")
    assert "<img" not in page(tmp_path, entry, runs={"fake": tmp_path / "nowhere"})


def test_hostile_text_is_escaped(tmp_path, entry):
    hostile = claim(id=HOSTILE, title=HOSTILE, source=HOSTILE, deviation=HOSTILE, unit=HOSTILE, reduced=HOSTILE)
    changed = dataclasses.replace(
        entry, claims=(hostile,), record=HOSTILE + "\n\n" + HOSTILE, part=HOSTILE, name="fake", seeds=9
    )
    text = page(tmp_path, changed)
    parsed = Page(text)
    assert [tag for tag, _ in parsed.tags].count("script") == 1
    assert "alert(&quot;x&quot;)" in text
    assert 'alert("x")' not in text
    assert not any("onload" in attributes for _, attributes in parsed.tags)
    assert "".join(parsed.text).count(HOSTILE) >= 8


def test_a_page_without_records_says_not_run(tmp_path, entry):
    text = page(tmp_path, entry, measured=None)
    words = " ".join(Page(text).text)
    assert "Not recorded." in words
    assert "0 of 3 reproduced" in words
    assert text.count('data-verdict="not run"') == 3
    assert "<circle" not in text.partition("<footer>")[0]
    assert write_report(tmp_path / "empty", [], {}).read_text().count("0 works, 0 claims") == 1


def test_a_work_shows_that_it_opens(tmp_path, entry):
    tags = Page(page(tmp_path, entry)).tags
    follows = [after for (tag, _), after in itertools.pairwise(tags) if tag == "summary"]
    assert [(tag, attributes["class"]) for tag, attributes in follows] == [("svg", "chevron")] * 2


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
    assert "seeds: 3 recorded, 4 asked" in text
    assert 'data-stale="true"' in text


def test_the_filters_name_every_verdict_and_suite(tmp_path, entry):
    buttons = [attributes for tag, attributes in Page(page(tmp_path, entry)).tags if tag == "button"]
    values = {(button.get("data-filter"), button.get("data-value")) for button in buttons}
    assert {("verdict", "differs"), ("verdict", "not run"), ("verdict", "stale"), ("suite", "quick")} <= values


def seeds(svg):
    return [float(x) for x in re.findall(r'class="seed" cx="([-\d.]+)%"', svg)]


def test_the_strip_places_each_seed_between_the_shaded_limits():
    svg = strip(judge(claim(), MEASURED, {}))
    low, width = (float(x) for x in re.search(r'class="accept" x="([\d.]+)%" width="([\d.]+)%"', svg).groups())
    assert (low, width) == (pytest.approx(100 * 0.24 / 2.48, abs=0.02), pytest.approx(100 * 2 / 2.48, abs=0.02))
    # 4.5, 5.0, 5.9 in 4..6
    assert seeds(svg) == pytest.approx([low + width * share for share in (0.25, 0.5, 0.95)], abs=0.02)
    assert float(re.search(r'class="paper" x1="([\d.]+)%"', svg).group(1)) == pytest.approx(low + width / 2, abs=0.02)
    assert "control ›" in svg


def test_the_strip_shades_to_the_edge_of_a_bound_and_shows_a_near_control():
    svg = strip(judge(claim(accept=at_most(8.0, "w"), control="linear"), MEASURED, {}))
    assert 'class="accept" x="0.00%"' in svg
    assert 'class="control"' in svg
    below = strip(judge(claim(accept=Below("linear"), paper=None), MEASURED, {}))
    assert 'class="accept" x="0.00%"' in below
    assert 'class="paper"' not in below


def limits(svg):
    """Left and right end of each limit's text in percent of the narrowest strip, and the text."""
    found = re.findall(r'class="limit" x="([-\d.]+)%" y="55" text-anchor="(\w+)">([^<]+)<', svg)
    before = {"start": 0.0, "middle": 0.5, "end": 1.0}
    left = [float(x) - before[anchor] * CHARACTER * len(text) for x, anchor, text in found]
    return [(x, x + CHARACTER * len(text), text) for x, (_, _, text) in zip(left, found, strict=True)]


@pytest.mark.parametrize("center", [0.0, 0.02, 0.04, 0.06, 0.1])
@pytest.mark.parametrize("half", [0.0005, 5e-7, 0.005])
def test_the_limits_of_a_strip_do_not_overlap(center, half):
    accept = Within(center - half, center + half, "w")
    measured = MEASURED | {"error": np.array([0.0, 0.1])}
    svg = strip(judge(claim(accept=accept, paper=None), measured, {}))
    (left, first_end, first), (second, right, last) = limits(svg)
    assert first != last
    assert first_end < second
    assert left >= 0
    assert right <= 100


def test_one_bound_has_one_label_and_one_exact_value_too():
    assert [text for _, _, text in limits(strip(judge(claim(accept=at_most(8.0, "w")), MEASURED, {})))] == ["8"]
    assert [text for _, _, text in limits(strip(judge(claim(accept=Within(4, 4, "w")), MEASURED, {})))] == ["4"]


def test_the_strip_takes_whole_numbers():
    judgement = judge(claim(accept=Within(4, 6, "w"), paper=5, unit="units"), MEASURED, {})
    assert 'class="paper"' in strip(judgement)


def test_the_strip_leaves_out_what_is_not_finite_and_what_shows_nothing(entry):
    measured = MEASURED | {"error": np.array([5.0, math.nan, math.inf])}
    assert len(seeds(strip(judge(claim(), measured, {})))) == 1
    assert strip(judge(claim(), None, {})) == ""
    assert strip(judge(entry.claims[2], MEASURED, {})) == ""
    assert strip(judge(claim(accept=at_most(5.0, "w"), paper=None), MEASURED | {"error": np.array([5.0])}, {})) != ""
