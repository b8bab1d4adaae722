"""`reproduce` and `run`: measure, judge, print the table, write the report, and record where asked."""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from research.claims import Measurements
from research.commands.measure import Measured, check_data, less_than_asked, measure
from research.experiments import BadConfig, Entry, Suite, entry, names
from research.ledger import records, table
from research.ledger.records import BadRecord, Record
from research.ledger.report import write_report
from research.ledger.verdicts import ControlPassed, MissingQuantity, judge, worse
from research.ledger.works import Work, judge_all, recorded
from research.training.processes import is_first

README = Path(__file__).parents[2] / "README.md"


def reproduce(wanted: Sequence[str], suite: Suite, record: bool, workdir: Path, console: Console) -> int:
    """Measures the claims of the named configs, or of a suite, and compares them with the records.

    Returns:
        0 where every verdict is at least as good as its record, 1 where one is worse.
    """
    every = [entry(name) for name in names()]
    named = [entry(name) for name in wanted]
    chosen = named or [candidate for candidate in every if candidate.suite == suite]
    if not chosen:
        raise BadConfig(f"no config is in the suite {suite}; python -m research list shows those that there are")
    _check_own(wanted, named, record)
    check_data(chosen)
    old = _records(chosen if record else ())
    measured: dict[str, Measured] = {}
    for number, candidate in enumerate(chosen, 1):
        console.rule(f"{number}/{len(chosen)} {candidate.name}: {candidate.title}", align="left")
        measured[candidate.name] = measure(candidate, workdir, console)
    if not is_first():
        return 0  # of the processes of a job the first one judges and writes
    new = {candidate.name: _record(candidate, measured[candidate.name]) for candidate in chosen}
    works = recorded(_with(every, chosen), old | new, lower=record, fresh=new.keys())
    now = [work for work in works if work.entry.name in new]
    console.print(table.claims_table(now))
    falls = _falls(now, old, old | new)
    for fall in falls:
        console.print(f"worse than its record: {fall}", style="red", highlight=False)
    if record:
        for name, made in new.items():
            records.keep(made, measured[name].folder / "figures", records.RECORDS)
        table.update_readme(README, [work for work in works if work.entry in every])
    page = write_report(workdir / "report", works, _pictures(works, measured))
    _finish(console, now, page, record)
    return 1 if falls else 0


def _records(renewed: Sequence[Entry]) -> dict[str, Record]:
    """All records; of those that are written anew, a bad one (edited by hand, say) counts as none."""
    found = records.read_all(besides={candidate.name for candidate in renewed})
    for candidate in renewed:
        with contextlib.suppress(BadRecord, FileNotFoundError):
            found[candidate.name] = records.read(records.RECORDS / f"{candidate.name}.json")
    return found


def run(name: str, candidate: Entry, asked: Entry, workdir: Path, console: Console) -> int:
    """Runs one config, with the fields that the user changed, and judges its claims.

    Args:
        name: the config as the user named it.
        candidate: the config with the user's fields.
        asked: the config as its file has it.
        workdir: folder of runs.
        console: where it is shown.

    Returns:
        0: a run of one's own is compared with no record.
    """
    check_data([candidate])
    others = _measurements(records.read_all(besides={asked.name}))
    measured = measure(candidate, workdir, console)
    reduced = less_than_asked(candidate, asked)
    try:
        judgements = judge_all(candidate, measured.measurements, others, reduced)
    except ControlPassed as error:
        if not reduced:
            raise
        console.print(f"No verdict: {error}. This run had less than the config asks for: {reduced}.", highlight=False)
    else:
        console.print(table.claims_table([Work(candidate, judgements, _record(candidate, measured))]))
    console.print(f"{measured.folder} holds its measurements, metrics.jsonl, figures and checkpoints.")
    console.print(f"Next: python -m research reproduce {name}    measures its claims as configured")
    return 0


def _check_own(wanted: Sequence[str], named: Sequence[Entry], record: bool) -> None:
    """Refuses what would mix a config of the user's own with those of the package."""
    for word, candidate in zip(wanted, named, strict=True):
        if word != candidate.name and candidate.name in names():
            raise BadConfig(f"{word}: the package has a config {candidate.name}; give yours another name")
        if word != candidate.name and record:
            raise BadConfig(
                f"{word}: --record is for the configs of the package; yours leaves its results in the report"
            )


def _record(candidate: Entry, measured: Measured) -> Record:
    return records.record_of(candidate, measured.measurements, measured.fingerprint, measured.seconds)


def _with(every: Sequence[Entry], chosen: Sequence[Entry]) -> list[Entry]:
    """All configs of the package and those given by path."""
    known = {candidate.name for candidate in every}
    return [*every, *(candidate for candidate in chosen if candidate.name not in known)]


def _falls(now: Sequence[Work], old: Mapping[str, Record], both: Mapping[str, Record]) -> list[str]:
    """The claims accepted in their record and not now."""
    others = _measurements(both) | _measurements(old)
    falls = []
    for work in now:
        then = old.get(work.entry.name)
        for new in work.judgements if then else ():
            with contextlib.suppress(MissingQuantity):  # a claim that the record knows nothing of
                if worse(new, judge(new.claim, then.measurements if then else None, others)):
                    falls.append(f"{new.claim.id}, {new.claim.title}")
    return falls


def _measurements(made: Mapping[str, Record]) -> dict[str, Measurements]:
    return {name: record.measurements for name, record in made.items()}


def _pictures(works: Sequence[Work], measured: Mapping[str, Measured]) -> dict[str, Path]:
    """Folder of each work whose `figures/` the report shows: of this run, else those kept with the record."""
    kept = {work.entry.name: records.RECORDS / work.entry.name for work in works}
    return kept | {name: made.folder for name, made in measured.items()}


def _finish(console: Console, now: Sequence[Work], page: Path, record: bool) -> None:
    total = sum(len(work.judgements) for work in now)
    verdicts = ("reproduced", "differs", "reduced", "not run")
    counts = {verdict: sum(work.count(verdict) for work in now) for verdict in verdicts}
    console.print(f"{total} claims: " + ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count))
    if record:
        console.print("Records and the README's table are written: review and commit them.")
    console.print(f"Next: open {page}")
    console.print("      python -m research list    shows what else can be reproduced")
