"""Works: a config beside what was measured of it and what that says; what the tables and the report are made from."""

import dataclasses
from collections.abc import Mapping, Sequence, Set

from research.claims import Below, Claim, Measurements
from research.experiments import Entry
from research.ledger.records import Record, stale
from research.ledger.verdicts import Judgement, MissingQuantity, judge


@dataclasses.dataclass(frozen=True)
class Work:
    """A config, its claims judged, and where the values come from.

    Args:
        entry: the config.
        judgements: one a claim, in the order of the config.
        record: where the values come from; None where they were not recorded or nothing was measured.
        stale: why the record no longer stands for the config.
    """

    entry: Entry
    judgements: tuple[Judgement, ...]
    record: Record | None = None
    stale: tuple[str, ...] = ()

    def count(self, verdict: str) -> int:
        """How many claims have this verdict."""
        return sum(judgement.verdict == verdict for judgement in self.judgements)


def judge_all(
    entry: Entry, measurements: Measurements | None, others: Mapping[str, Measurements], reduced: str = ""
) -> tuple[Judgement, ...]:
    """The judgements of all claims of a config, in its order; see `judge`."""
    return tuple(judge(claim, measurements, others, reduced) for claim in entry.claims)


def recorded(
    entries: Sequence[Entry],
    records: Mapping[str, Record],
    data: Mapping[str, str] | None = None,
    lower: bool = True,
    fresh: Set[str] = frozenset(),
) -> list[Work]:
    """Every config judged by its record; a config without one is not run.

    Args:
        entries: the configs.
        records: by name, as `read_all` gives them.
        data: digests of the data at hand, by name of the config; what is absent is not compared.
        lower: whether a changed program makes a record stale too; see `records.stale`.
        fresh: names of the configs that were measured just now: their records cannot be stale.

    Raises:
        ControlPassed, MissingQuantity: as `judge`; but a quantity that a stale record lacks makes its claim not run.
    """
    known = [entry for entry in entries if entry.name in records and entry.name not in fresh]
    reasons = {entry.name: stale(records[entry.name], entry, (data or {}).get(entry.name), lower) for entry in known}
    others = {name: record.measurements for name, record in records.items()}
    return [
        Work(
            entry,
            tuple(
                _judged(claim, entry.name, others, {name for name in reasons if reasons[name]})
                for claim in entry.claims
            ),
            records.get(entry.name),
            reasons.get(entry.name, ()),
        )
        for entry in entries
    ]


def _judged(claim: Claim, name: str, measured: Mapping[str, Measurements], aged: Set[str]) -> Judgement:
    sources = {name, claim.accept.config if isinstance(claim.accept, Below) else None}
    try:
        return judge(claim, measured.get(name), measured)
    except MissingQuantity:
        if sources & aged:
            return judge(claim, None, measured)
        raise
