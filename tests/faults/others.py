"""Two runs at once, a clock that goes back, a value that is not a number, files of a future version.

Each function gives what was lost, one line each.
"""

import json
import os
import threading
import time
import warnings
from pathlib import Path
from typing import Any

import jax
import kills
import ledger_fakes as fakes
import numpy as np
import small_experiment
import small_network as net
import works

from research.claims import Run
from research.commands.measure import run_folder
from research.ledger import records
from research.ledger.runs import BadRun, load
from research.training.batches import shuffled
from research.training.checkpoints import Checkpoints, newest

FUTURE = time.time() + 3e8


def two_runs_at_once(ask: kills.Ask, folder: Path) -> list[str]:
    """The second is refused with status 2; the first goes on as if nothing had been."""
    _, new, _ = kills.expected(ask, "train", folder)
    place = folder / "train" / "place"
    place.mkdir()
    first: dict[str, Any] = {}
    thread = threading.Thread(target=lambda: first.update(ask("train_paused", place)))
    with kills.server() as other:
        thread.start()
        while not (place / "paused").exists() and thread.is_alive():
            time.sleep(0.01)
        second = other("train", place)
        (place / "go").touch()
        thread.join()
    lost = [] if second["code"] == 2 and "is running already" in second["errors"] else [f"the second: {second}"]
    lost += [] if second["errors"].strip().count("\n") == 0 else [f"more than a line: {second['errors']}"]
    for name in ("paused", "go"):
        (place / name).unlink(missing_ok=True)
    lost += [] if first["code"] == 0 else [f"the first: {first}"]
    return (
        lost
        + kills.faults("train", place, {}, new)
        + [f"{n} differs" for n in new if kills.bits(place).get(n) != new[n]]
    )


def a_clock_that_goes_back(ask: kills.Ask, folder: Path, only: tuple[str, ...] = works.WORKS) -> list[str]:
    """Each work is killed halfway; what it left is dated into the future; it goes on a year ago, time running back."""
    lost = []
    for work in only:
        old, new, whole = kills.expected(ask, work, folder)
        place = folder / work / "place"
        works.begin(work, place)
        came = ask(work, place, event=whole["events"] // 2, delay=0.0)
        lost += [] if came["hit"] else [f"{work}: it was not killed"]
        for path in place.rglob("*"):
            os.utime(path, (FUTURE, FUTURE))
        came = ask(f"{work}_yesterday", place)
        lost += [] if came["code"] == 0 else [f"{work}: {came['errors']}"]
        lost += [f"{work}: {fault}" for fault in kills.faults(work, place, old, new)]
        lost += [f"{work}: {fault}" for fault in kills.went_on(ask, work, place, new)]
    return lost


def not_a_number_in_data(ask: kills.Ask, folder: Path) -> list[str]:
    """The training stops at the first step that sees it, keeps the state before, and ends with status 3."""
    place = folder / "train" / "place"
    place.mkdir(parents=True)
    came = ask("train_broken", place)
    steps = shuffled(jax.random.key(1), net.EXAMPLES, 11, 0, small_experiment.Config().steps)
    first = int(np.flatnonzero((np.asarray(steps.indices) == 0).any(axis=1))[0])
    wanted = f"error: net: loss not finite at step {first}; the state before it is the newest checkpoint"
    lost = [] if came["code"] == 3 and came["errors"].strip() == wanted else [f"{came}, not: {wanted}"]
    run = next((place / "runs" / "small").glob("*/config.json")).parent
    step, leaves = newest(run / "checkpoints" / "net") or (-1, {})
    if step != first or not all(np.isfinite(leaf).all() for name, leaf in leaves.items() if name.startswith("params")):
        lost.append(f"the state before step {first} is not the newest checkpoint")
    return lost + (["it has measurements"] if (run / "measurements.json").exists() else [])


def a_run_of_the_future(ask: kills.Ask, folder: Path) -> list[str]:
    """It is refused by the run that would go on from it, and by what reads it; nothing in it is touched."""
    place = folder / "train" / "place"
    run = run_folder(small_experiment.entry_of(), place / "runs")
    Run(run).log(step=1)
    (run / "config.json").write_text(json.dumps({"format": 2, "name": "small"}))
    before = kills.bits(place)
    came = ask("train", place)
    lost = []
    wanted = "config.json has run format 2, and this version reads 1: update, or give another --workdir"
    if came["code"] != 2 or wanted not in came["errors"] or came["errors"].strip().count("\n"):
        lost.append(f"{came}, not: {wanted}")
    try:
        load(run)
        lost.append("a run of the future was read")
    except BadRun as error:
        lost += [] if str(error).endswith(wanted) and str(run) in str(error) else [f"unclear: {error}"]
    now = kills.bits(place)
    return lost + [f"{name} was changed" for name in before if now.get(name) != before[name]]


def a_record_of_the_future(ask: kills.Ask, folder: Path) -> list[str]:
    """It is refused, with its name and what to do; so is one of no known form."""
    path = records.write(works._record("fake", fakes.MEASURED), folder)
    body = json.loads(path.read_text())
    texts = {
        "has record format 2, and this version reads 1: update, or measure again": json.dumps(body | {"format": 2}),
        "is not a record": json.dumps(body).replace("1.5", "NaN"),
        "a record edited by hand; measure again": json.dumps(body | {"more": 1}),
    }
    lost = []
    for wanted, text in [*texts.items(), ("is not a record", "[" * 10**5), ("is not a record", "\udcff")]:
        path.write_bytes(text.encode(errors="surrogateescape"))
        try:
            records.read_all(folder)
            lost.append(f"read, instead of: {wanted}")
        except records.BadRecord as error:
            lost += [] if wanted in str(error) and str(path) in str(error) else [f"{error}, not: {wanted}"]
    return lost


def a_checkpoint_of_the_future(ask: kills.Ask, folder: Path) -> list[str]:
    """One whose record has another form is put aside, with a warning that names it, and the one before is taken."""
    checkpoints, state = Checkpoints(folder / "net"), {"w": np.ones(3)}
    checkpoints.save(1, state)
    checkpoints.save(2, {"w": np.zeros(3)})
    checkpoints.close()
    record = folder / "net" / "2.json"
    record.write_text(json.dumps({"format": 2, "state": json.loads(record.read_text())}))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        again = Checkpoints(folder / "net")
        found = again.restore(state)
        again.close()
    said = [str(warning.message) for warning in told if "damaged" in str(warning.message)]
    lost = [] if len(said) == 1 and str(folder / "net") in said[0] else [f"it said {said}"]
    lost += [] if (folder / "net" / "2.damaged").is_dir() else ["the checkpoint is gone"]
    return lost + ([] if found is not None and np.array_equal(found["w"], state["w"]) else [f"{found} was read"])


FAULTS = (
    two_runs_at_once,
    a_clock_that_goes_back,
    not_a_number_in_data,
    a_run_of_the_future,
    a_record_of_the_future,
    a_checkpoint_of_the_future,
)
