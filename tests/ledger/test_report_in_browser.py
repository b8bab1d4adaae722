"""The report as a browser shows it: search, filters, links, widths and schemes, without error and without a request."""

import re

import pytest
from browser import BROWSER, BROWSERS, see
from ledger_fakes import fake_entry
from matplotlib.figure import Figure
from report_fakes import HOSTILE, many_works

from research.claims import Run
from research.ledger.report import write_report

pytestmark = pytest.mark.skipif(BROWSER is None, reason=f"needs one of {', '.join(BROWSERS)}")

FILTERS = """async filters(seen) {
  seen.start = [standing(".work"), visible(".work"), visible(".claim"), standing(".claim")];
  click("#work_7 > summary"); seen.opened = visible(".claim"); click("#work_7 > summary");
  chip("differs"); seen.differs = [standing(".work"), standing(".claim"), visible(".claim"), shown()];
  chip("cpu"); seen.both = [standing(".work"), standing(".claim"), shown()];
  seen.pressed = all('[aria-pressed="true"]').map((button) => button.dataset.value);
  chip("reduced, met"); seen.other = all(".claim:not([hidden])").map((claim) => claim.dataset.verdict);
  seen.parts = standing(".part");
  chip("reduced, met"); chip("cpu"); seen.back = [standing(".claim"), shown(), visible("#clear")];
  click("#toggle"); seen.all = visible(".claim"); click("#toggle"); seen.none = visible(".claim");
},"""
SEARCH = """async search(seen) {
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "/", bubbles: true, cancelable: true }));
  seen.focus = document.activeElement.id;
  search("QUOKKA12"); seen.work = [standing(".work"), visible(".claim"), shown()];
  search(" quokka12  Differs CLAIM "); seen.claim = left();
  search("w12-4"); seen.id = [visible(".claim"), shown()];
  search("nothing like it"); seen.nothing = [visible(".work"), standing(".part"), shown()];
  search('<script>alert("x")'); seen.hostile = standing(".work");
  click("#clear"); seen.cleared = [standing(".claim"), visible(".claim"), find("#search").value];
  chip("differs"); search("quokka7"); seen.verdict = left(); click("#clear");
},"""
ADDRESS = """async address(seen) {
  const go = async (hash) => { location.hash = hash; await tick(); return all(".work[open]").map((work) => work.id); };
  const close = () => { for (const work of all(".work")) work.open = false; };
  seen.malformed = await go("#%E0%A4%A"); seen.unknown = await go("#no");
  seen.work = await go("#work_7"); close();
  chip("reproduced"); seen.filtered = visible("#W9-3");
  seen.claim = [await go("#W9-3"), visible("#W9-3"), shown()]; close();
},"""
USE = """async use(seen) {
  find("#work_5").open = true;
  seen.loaded = await Promise.all(all("#work_5 img").map((image) => image.decode().then(() => image.naturalWidth)));
  click("#work_5 .enlarge"); seen.large = [find("#large").open, find("#large img").alt, find("#large").innerText];
  find("#large").click(); seen.closed = find("#large").open;
  click("#work_5 .copy"); await tick(); seen.selected = getSelection().toString().trim();
  seen.said = ["copied", "selected"].includes(find("#work_5 .copy").textContent);
  dispatchEvent(new Event("beforeprint")); seen.printed = all("details:not([open])").length;
  dispatchEvent(new Event("afterprint")); seen.after = visible(".claim"); find("#work_5").open = false;
},"""
SPEED = """async speed(seen) {
  const time = (use) => { const start = performance.now(); use(); wide(); return performance.now() - start; };
  seen.filter = time(() => chip("differs")); seen.search = time(() => search("quokka"));
  seen.type = time(() => search("quokka claim"));
  click("#clear"); seen.open = time(() => click("#toggle"));
},"""
PHONE = """async phone(seen) {
  const shade = (color) => color.match(/\\d+/g).slice(0, 3).reduce((sum, x) => sum + Number(x), 0) / 765;
  const style = getComputedStyle(document.body);
  seen.closed = wide();
  for (const details of all("details")) details.open = true;
  seen.opened = wide();
  seen.out = all("main *").filter((element) => element.getBoundingClientRect().right > innerWidth + 1
    && !element.closest("svg")).map((element) => element.className || element.tagName);
  seen.ground = shade(style.backgroundColor); seen.ink = shade(style.color);
},"""
ARRIVED = """async arrived(seen) {
  const top = find("#W7-3").getBoundingClientRect().top;
  Object.assign(seen, { open: all(".work[open]").map((work) => work.id), place: top >= 0 && top < innerHeight });
},"""
BARE = """async bare(seen) {
  seen.dead = [visible(".filters"), visible(".copy")];
  click("#work_7 > summary"); seen.opened = visible(".claim");
},"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Forty works of five claims, with pictures of one and hostile text in another."""
    folder = tmp_path_factory.mktemp("report")
    works = many_works(fake_entry(folder / "experiment"), 40)
    object.__setattr__(works[3].entry, "record", f"{HOSTILE}\n\n{HOSTILE}")
    for name in ("learning", "confusion"):
        Run(folder / "run").figure(name, Figure(figsize=(8, 3)))
    return write_report(folder / "report", works, {"work_5": folder / "run"})


@pytest.fixture(scope="module")
def wide(page, tmp_path_factory):
    """What the uses of the page saw on a wide screen, one after another."""
    return see(page, tmp_path_factory.mktemp("wide"), FILTERS + SEARCH + ADDRESS + USE + SPEED)


def test_works_open_and_filters_show_what_they_name(wide):
    assert wide["filters"] == {
        "start": [40, 40, 0, 200],
        "opened": 5,
        "differs": [40, 40, 0, "40 claims in 40 works"],
        "both": [20, 20, "20 claims in 20 works"],
        "pressed": ["differs", "cpu"],
        "other": ["reduced, met"] * 20,
        "parts": 2,
        "back": [200, "", 0],
        "all": 200,
        "none": 0,
    }


def test_search_finds_works_and_claims_and_opens_the_few(wide):
    assert wide["search"] == {
        "focus": "search",
        "work": [1, 5, "5 claims in 1 work"],
        "claim": ["W12-3"],
        "id": [1, "1 claim in 1 work"],
        "nothing": [0, 0, "0 claims in 0 works"],
        "hostile": 1,
        "cleared": [200, 0, ""],
        "verdict": ["W7-3"],
    }


def test_an_address_opens_its_work_or_claim_even_where_it_was_filtered_out(wide):
    assert wide["address"] == {
        "malformed": [],
        "unknown": [],
        "work": ["work_7"],
        "filtered": 0,
        "claim": [["work_9"], 1, ""],
    }


def test_the_page_opens_at_the_claim_of_its_address(page, tmp_path):
    assert see(page, tmp_path, ARRIVED, address="#W7-3")["arrived"] == {"open": ["work_7"], "place": True}


def test_a_picture_enlarges_a_command_is_copied_and_print_opens_all(wide):
    assert wide["use"] == {
        "loaded": [960, 960],
        "large": [True, "Learning curves", "Learning curves"],
        "closed": False,
        "selected": "python -m research reproduce work_5",
        "said": True,
        "printed": 0,
        "after": 5,
    }


def test_two_hundred_claims_are_quick(wide):
    assert len(wide["speed"]) == 4
    assert max(wide["speed"].values()) < 1000, wide["speed"]  # milliseconds; tens of them on a quiet machine


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_scrolls_down_alone_in_both_schemes(page, tmp_path, scheme):
    flag = "--blink-settings=preferredColorScheme=" + {"dark": "0", "light": "1"}[scheme]
    seen = see(page, tmp_path, PHONE, flag, width=390)["phone"]
    assert (seen["closed"], seen["opened"], seen["out"]) == (0, 0, [])
    dark, light = sorted((seen["ground"], seen["ink"]))
    assert dark < 0.2
    assert light > 0.8
    assert (seen["ground"] < seen["ink"]) == (scheme == "dark")


def test_without_its_script_the_page_opens_and_offers_no_dead_control(page, tmp_path):
    own = re.compile(r'<script>\s*"use strict";.*?</script>', re.DOTALL)
    seen = see(page, tmp_path, BARE, change=lambda text: own.sub("", text, count=1))
    assert seen["bare"] == {"dead": [0, 0], "opened": 5}
