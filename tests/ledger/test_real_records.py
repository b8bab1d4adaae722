"""The committed records: sealed, fresh, of every quick and cpu config, and the README says what they say."""

from pathlib import Path

import pytest

from research.experiments import entry, names
from research.ledger.records import RECORDS, read_all
from research.ledger.table import check_readme
from research.ledger.works import recorded

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module")
def entries():
    return [entry(name) for name in names()]


@pytest.fixture(scope="module")
def records():
    """Reading checks each seal and each format."""
    return read_all()


@pytest.fixture(scope="module")
def works(entries, records):
    """Judging raises where a control passes, or a claim names a quantity that its record lacks."""
    return recorded(entries, records)


def test_every_quick_and_cpu_config_has_a_record(entries, records):
    wanted = {each.name for each in entries if each.suite in ("quick", "cpu")}
    assert wanted, "no config is of the suites quick and cpu"
    missing = sorted(wanted - records.keys())
    assert not missing, f"no record: python -m research reproduce {' '.join(missing)} --record"


def test_every_record_has_its_config(entries, records):
    assert records.keys() <= {each.name for each in entries}, f"a record in {RECORDS} has no config"
    assert all(name == record.name for name, record in records.items())


def test_no_record_is_stale(works):
    stale = {work.entry.name: work.stale for work in works if work.stale}
    assert not stale, f"measure again: python -m research reproduce {' '.join(stale)} --record ({stale})"


def test_every_recorded_claim_has_a_verdict(works):
    silent = [
        judgement.claim.id for work in works if work.record for judgement in work.judgements if not judgement.values
    ]
    assert not silent


def test_claim_ids_are_unique(entries):
    ids = [claim.id for each in entries for claim in each.claims]
    assert len(ids) == len(set(ids))


def test_the_readme_says_what_the_records_say(works):
    check_readme(README, works)
