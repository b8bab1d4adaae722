"""`reproduce` and `run`: measure, judge, print the table, write the report, and record where asked."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from research.claims import Measurements
from research.commands.measure import Measured, check_data, less_than_asked, measure
from research.experiments import Entry, Suite, entry, names
from research.ledger import records, table
from research.ledger.records import Record
from research.ledger.report import write_report
from research.ledger.verdicts import worse
from research.ledger.works import Work, judge_all, recorded

README = Path(__file__).parents[2] / "README.md"


def reproduce(wanted: Sequence[str], suite: Suite, record: bool, workdir: Path, console: Console) -> int:
    """Measures the claims of the named configs, or of a suite, and compares them with the records.

    Returns:
        0 where every verdict is at least as good as its record, 1 where one is worse.
    """
    every = [entry(name) for name in names()]
    named = [entry(name) for name in wanted]
    chosen = named or [candidate for candidate in every if candidate.suite == suite]
    check_data(chosen)
    old = records.read_all()
    measured: dict[str, Measured] = {}
    for number, candidate in enumerate(chosen, 1):
        console.rule(f"{number}/{len(chosen)} {candidate.name}: {candidate.title}", align="left")
        measured[candidate.name] = measure(candidate, workdir, console)
    new = {candidate.name: _record(candidate, measured[candidate.name]) for candidate in chosen}
    works = recorded(_with(every, chosen), old | new)
    now = [work for work in works if work.entry.name in new]
    console.print(table.claims_table(now))
    falls = _falls(now, old, old | new)
    for fall in falls:
        console.print(f"worse than its record: {fall}", style="red", highlight=False)
    if record:
        for name, made in new.items():
            _keep(made, measured[name])
        table.update_readme(README, recorded(every, records.read_all()))
    page = write_report(workdir / "report", works, _pictures(works, measured))
    _finish(console, now, page, record)
    return 1 if falls else 0


def run(candidate: Entry, workdir: Path, console: Console) -> int:
    """Runs one config, with the fields that the user changed, and judges its claims.

    Returns:
        0: a run of one's own is compared with no record.
    """
    check_data([candidate])
    reduced = _reduced(candidate)
    measured = measure(candidate, workdir, console)
    others = {name: made.measurements for name, made in records.read_all().items()}
    work = Work(candidate, judge_all(candidate, measured.measurements, others, reduced), _record(candidate, measured))
    console.print(table.claims_table([work]))
    console.print(f"{measured.folder} holds its measurements, metrics.jsonl, figures and checkpoints.")
    console.print(f"Next: python -m research reproduce {candidate.name}    measures its claims as configured")
    return 0


def _reduced(candidate: Entry) -> str:
    if candidate.name not in names():
        return ""
    return less_than_asked(candidate, entry(candidate.name))


def _record(candidate: Entry, measured: Measured) -> Record:
    return records.record_of(candidate, measured.measurements, measured.fingerprint, measured.seconds)


def _with(every: Sequence[Entry], chosen: Sequence[Entry]) -> list[Entry]:
    """All configs of the package and those given by path."""
    known = {candidate.name for candidate in every}
    return [*every, *(candidate for candidate in chosen if candidate.name not in known)]


def _falls(now: Sequence[Work], old: Mapping[str, Record], both: Mapping[str, Record]) -> list[str]:
    """The claims accepted in their record and not now."""
    others: dict[str, Measurements] = {name: made.measurements for name, made in both.items()}
    falls = []
    for work in now:
        if work.entry.name in old:
            before = judge_all(work.entry, old[work.entry.name].measurements, others | _measurements(old))
            pairs = zip(work.judgements, before, strict=True)
            falls += [f"{new.claim.id}, {new.claim.title}" for new, then in pairs if worse(new, then)]
    return falls


def _measurements(made: Mapping[str, Record]) -> dict[str, Measurements]:
    return {name: record.measurements for name, record in made.items()}


def _keep(made: Record, measured: Measured) -> None:
    """Writes a record and the figures of its run beside it."""
    path = records.write(made)
    kept = path.with_suffix("") / "figures"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(measured.folder / "figures", kept)


def _pictures(works: Sequence[Work], measured: Mapping[str, Measured]) -> dict[str, Path]:
    """Folder of each work whose `figures/` the report shows: of this run, else those kept with the record."""
    kept = {work.entry.name: records.RECORDS / work.entry.name for work in works}
    return kept | {name: made.folder for name, made in measured.items()}


def _finish(console: Console, now: Sequence[Work], page: Path, record: bool) -> None:
    total = sum(len(work.judgements) for work in now)
    counts = {verdict: sum(work.count(verdict) for work in now) for verdict in ("reproduced", "differs", "reduced")}
    console.print(f"{total} claims: " + ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count))
    if record:
        console.print("Records and the README's table are written: review and commit them.")
    console.print(f"Next: open {page}")
    console.print("      python -m research list    shows what else can be reproduced")
