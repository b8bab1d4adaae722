"""The works that are killed: training, preparation, recording and report. Each begins from what `begin` laid down."""

import dataclasses
import functools
import itertools
import logging
import time
from pathlib import Path
from typing import Any
from unittest import mock

import ledger_fakes as fakes
import numpy as np
import small_experiment
import tiny
from PIL import Image

import research.data.builder  # noqa: F401  imported before the fork
from research.data.preparation import prepare_described
from research.ledger import records, table
from research.ledger.fingerprints import Fingerprint
from research.ledger.records import Record
from research.ledger.report import write_report
from research.ledger.works import Work, judge_all
from research.training.checkpoints import Checkpoints

WORKS = ("train", "prepare", "record", "report")
NAMES = tuple(f"fake{number}" for number in range(6))
README = "# Title\n\nBefore.\n\n<!-- table -->\n<!-- /table -->\n\nAfter.\n"


def train(folder: Path) -> None:
    small_experiment.measured(folder)


def train_paused(folder: Path) -> None:
    """Halfway it says so, by a file, and waits for another one."""
    save = Checkpoints.save

    def paused(self: Checkpoints, step: int, *arguments: Any) -> None:
        save(self, step, *arguments)
        if step == 12:
            (folder / "paused").touch()
            while not (folder / "go").exists():
                time.sleep(0.01)

    with mock.patch.object(Checkpoints, "save", paused):
        train(folder)


def train_broken(folder: Path) -> None:
    """Its data hold a value that is not a number."""
    small_experiment.measured(folder, broken=True)


def yesterday(work: str, folder: Path) -> None:
    """A work under a clock that runs backwards, from a year ago."""
    start = time.time() - 3e7
    with mock.patch.object(time, "time", side_effect=(start - tick for tick in itertools.count())):
        globals()[work](folder)


def train_yesterday(folder: Path) -> None:
    yesterday("train", folder)


def prepare_yesterday(folder: Path) -> None:
    yesterday("prepare", folder)


def record_yesterday(folder: Path) -> None:
    yesterday("record", folder)


def report_yesterday(folder: Path) -> None:
    yesterday("report", folder)


def prepare(folder: Path) -> None:
    logging.getLogger("absl").setLevel(logging.ERROR)  # TFDS warns of data sets that the catalogue lacks
    prepare_described(tiny.description(), folder / "source", folder / "data", tiny.quiet)


def record(folder: Path, age: int = 1) -> None:
    works = _works(folder, age)
    for work in works:
        assert work.record
        records.keep(work.record, _pictures(folder, age), folder / "records")
    table.update_readme(folder / "README.md", works)


def report(folder: Path, age: int = 1) -> None:
    works = _works(folder, age)
    write_report(folder / "report", works, {NAMES[0]: folder / f"small{age}"})


def begin(work: str, folder: Path) -> None:
    """What there is before the work: the files of a data set; older records, README and page."""
    folder.mkdir(parents=True)
    if work == "prepare":
        tiny.write(folder / "source", tiny.contents(tiny.dataset()))
    if work in ("record", "report"):
        for age in (0, 1):
            _draw(folder, age)
        (folder / "README.md").write_text(README)
        globals()[work](folder, 0)


def _draw(folder: Path, age: int) -> None:
    """Pictures of noise, of some ten kilobytes each; the older ones are one more than the newer."""
    pictures = _pictures(folder, age)
    pictures.mkdir(parents=True)
    for number in range(3 - age):
        noise = np.random.default_rng(10 * age + number).integers(0, 2, (200, 400), dtype=np.uint8) * 255
        Image.fromarray(noise).save(pictures / f"noise{number}.png")
    small = folder / f"small{age}" / "figures"
    small.mkdir(parents=True)
    Image.fromarray(noise[:9, :9]).save(small / "noise.png")


def _pictures(folder: Path, age: int) -> Path:
    return folder / f"run{age}" / "figures"


@functools.cache
def _works(folder: Path, age: int) -> list[Work]:
    measured = fakes.MEASURED | {"error": fakes.MEASURED["error"] + 0.25 * age}
    text = "A fake work.\n\n" + "Words of a record, that make a long page.\n\n" * 2_000
    fake = fakes.fake_entry(folder.parent / "module", record=text)
    entries = [dataclasses.replace(fake, name=name) for name in NAMES]
    return [Work(entry, judge_all(entry, measured, {}), _record(entry.name, measured)) for entry in entries]


def _record(name: str, measured: Any) -> Record:
    return Record(
        name=name,
        config={"width": 3, "sizes": [2, 4]},
        seeds=3,
        values={quantity: tuple(map(float, x)) for quantity, x in measured.items()},
        fingerprint=Fingerprint("p" * 64, "d" * 64, "s" * 64),
        versions=records.versions(),
        machine={"processor": "any", "cores": "2", "platform": "any", "backend": "cpu", "device": "cpu"},
        seconds=1.5,
        date="2001-02-03",
    )
