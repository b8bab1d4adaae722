"""For the tests of the report: a parser that checks its tags, text that would break out of them, and many works."""

import dataclasses
from html.parser import HTMLParser

from ledger_fakes import MEASURED, claim

from research.claims import Below, at_most
from research.ledger.verdicts import judge
from research.ledger.works import Work

HOSTILE = '<script>alert("x")</script> & $css ${js} \' onload="x" </style> -->'
VOID = {"meta", "link", "img", "input"}
CLAIMS = {
    "reproduced": {},
    "reduced, met": {"reduced": "fewer passes"},
    "reduced, not met": {"accept": at_most(4.0, "w"), "reduced": "fewer passes"},
    "differs": {"accept": at_most(4.0, "w"), "deviation": "another rule"},
    "not run": {"accept": Below("error", config="elsewhere"), "paper": None, "known": "recalled"},
}


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


def many_works(entry, count):
    """So many works in four parts and two suites, each with one claim of every verdict."""
    works = []
    for number in range(count):
        claims = tuple(
            claim(id=f"W{number}-{place}", title=f"{verdict} claim of work {number}", **fields)
            for place, (verdict, fields) in enumerate(CLAIMS.items())
        )
        changed = dataclasses.replace(
            entry,
            name=f"work_{number}",
            record=f"Work number {number}.\n\nPaper: nobody knows quokka{number}.",
            part=f"Part {number % 4}",
            suite=("quick", "cpu")[number % 2],
            claims=claims,
        )
        works.append(Work(changed, tuple(judge(each, MEASURED, {}) for each in claims)))
    return works
