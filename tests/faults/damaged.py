"""What becomes of damaged data files: one line that says so, bounded memory, and no data set."""

import atexit
import functools
import resource
import shutil
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import drawn
import tiny
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from originals import FORMATS, Change, described, idx_files, right, source, unpacked

from research.data import DataError, digest
from research.data.preparation import prepare_described
from research.data.storage import load_described

MEMORY = 160 * 2**20
"""Bytes that a preparation of the tiny files may take at its peak, whatever their headers say."""
GROWTH = 2**30
"""Bytes by which the process may grow at its peak: what Pillow and the records' library take is not Python's."""
SECONDS = 20
"""Of CPU that one may take."""
Case = tuple[str, str, str, Any]
"""Format, what it is wrapped in, what is damaged, and the damage."""


class Damaged(NamedTuple):
    """What became of a number of damaged files.

    Args:
        files: damaged files tried.
        refused: of these, with a DataError of one line.
        whole: of these, that gave the right data all the same: the damage touched nothing that counts.
        peak: most bytes of Python's and numpy's allocations in any.
        lost: what went wrong, one line each.
    """

    files: int
    refused: int
    whole: int
    peak: int
    lost: list[str]


def outcome(case: Case, folder: Path, honest: bool) -> tuple[str, str]:
    """What came of a case (refused, whole or lost) and why; `honest`: digests of the right files, else of these."""
    form, wrap, layer, change = case
    if wrap == "records":
        return _of_records(layer, change, folder)
    files = dict(right(form)[0])
    if layer == "swap":
        files = dict(zip(files, (files[name] for name in change), strict=True))
    elif layer != "wrap":
        files[layer] = change(files[layer])
    description = described(form, right(form)[0] if honest or form == "png" else files)
    where = source(folder / "source", files, wrap, change if layer == "wrap" else bytes)
    data = folder / "data"
    try:
        if wrap == "deb":
            where = unpacked(where)
        done = prepare_described(description, where, data, tiny.quiet)
    except DataError as error:
        left = tiny.left_in(data) if data.exists() else []
        if left:
            return "lost", f"left {left}"
        return (
            ("refused", str(error))
            if "\n" not in str(error) and len(str(error)) > 20
            else ("lost", f"unclear: {error}")
        )
    except BaseException as error:
        return "lost", f"{type(error).__name__}: {error}"[:300]
    if done.path and digest(load_described(description, data)) == digest(right(form)[1]):
        return "whole", ""
    return "lost", "other data were prepared"


def traced(case: Case, folder: Path, honest: bool) -> tuple[str, str, int]:
    """An outcome, and the most bytes that it took at once."""
    tracemalloc.start()
    try:
        return (*outcome(case, folder, honest), tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


def _of_records(name: str, change: Change, folder: Path) -> tuple[str, str]:
    """What reading a prepared data set says, one of whose files is damaged; preparing it again must mend it."""
    shutil.copytree(_prepared(), folder)
    path = folder / "research_images" / "tiny" / "1.0.0" / name
    path.write_bytes(change(path.read_bytes()))
    said = "whole", ""
    try:
        if digest(load_described(tiny.description(), folder)) != digest(tiny.dataset()):
            return "lost", "other data were read"
    except DataError as error:
        if "\n" in str(error) or "data prepare tiny" not in str(error):
            return "lost", f"unclear: {error}"
        said = "refused", str(error)
    except BaseException as error:
        return "lost", f"{type(error).__name__}: {error}"[:300]
    prepare_described(tiny.description(), tiny.write(folder / "source", idx_files()), folder, tiny.quiet)
    mended = digest(load_described(tiny.description(), folder)) == digest(tiny.dataset())
    return said if mended else ("lost", "a damaged data set is not mended by preparing it again")


@functools.cache
def _prepared() -> Path:
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    prepare_described(tiny.description(), tiny.write(folder / "source", idx_files()), folder / "data", tiny.quiet)
    return folder / "data"


def _resident() -> int:
    """The most memory that this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def judged(case: Case, honest: bool, folder: Path, before: int) -> tuple[str, int, list[str]]:
    """What came of a case, the most bytes that it took, and what went wrong; `before`: resident bytes at the start."""
    began = time.process_time()
    what, why, most = traced(case, folder, honest)
    seconds, grown = time.process_time() - began, _resident() - before
    shutil.rmtree(folder, ignore_errors=True)
    faults = {
        why: what == "lost",
        f"{most / 2**20:.0f} MiB": most > MEMORY,
        f"the process has grown by {grown / 2**20:.0f} MiB": grown > GROWTH,
        f"{seconds:.0f} s of CPU": seconds > SECONDS,
    }
    named = f"{case[:3]}, {'right' if honest else 'their own'} digests"
    return what, most, [f"{named}: {fault}" for fault, found in faults.items() if found]


def damaged(number: int, seed: int, told: Callable[[int], None] = lambda _: None) -> Damaged:
    """Tries `number` damaged sources that hypothesis draws; each fresh, none shrunk."""
    for form in FORMATS:
        right(form)
    _prepared()
    before, tried = _resident(), list[tuple[str, int, list[str]]]()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:

        @seeded(seed)
        @settings(
            max_examples=number,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        )
        @given(drawn.cases(), st.booleans())
        def try_one(case: Case, honest: bool) -> None:
            tried.append(judged(case, honest, Path(name) / str(len(tried)), before))
            told(1)

        try_one()
    came = Counter(what for what, *_ in tried)
    lost = [line for *_, lines in tried for line in lines]
    return Damaged(len(tried), came["refused"], came["whole"], max(most for _, most, _ in tried), lost)
