"""Where a preparation works: a temporary folder under a lock, gone afterwards whatever happens."""

import contextlib
import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from research.data.dataset import DataError, first_line

Progress = Callable[[str, int, int], None]
"""Is told what is being done, how much is done and how much there is; 0 where that is unknown."""


@contextlib.contextmanager
def workplace(folder: Path, progress: Progress) -> Iterator[Path]:
    """A temporary folder inside `folder`, for one preparation at a time; gone afterwards, and `folder` too if empty."""
    work = folder / ".incomplete"
    with _locked(folder.with_name(f".{folder.name}.lock"), progress):
        if work.exists():  # whoever left it is dead: the lock was free
            shutil.rmtree(work)
        work.mkdir(parents=True)
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)
            with contextlib.suppress(OSError):
                folder.rmdir()  # nothing but ours was in it


def tidy(folder: Path) -> None:
    """Removes what a preparation left that was killed after it had moved its records; not while another one works."""
    path = folder.with_name(f".{folder.name}.lock")
    if not path.exists():
        return
    with contextlib.suppress(OSError), path.open("a") as lock:  # a folder that only others write stays as it is
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_at(lock.fileno(), path):
            shutil.rmtree(folder / ".incomplete", ignore_errors=True)
            path.unlink()


@contextlib.contextmanager
def _locked(path: Path, progress: Progress) -> Iterator[None]:
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                progress("waiting for another preparation", 0, 0)
                fcntl.flock(lock, fcntl.LOCK_EX)
            if not _is_at(lock.fileno(), path):
                continue  # its last owner removed it while we waited
            try:
                yield
            finally:
                path.unlink(missing_ok=True)
            return


def _is_at(descriptor: int, path: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False


@contextlib.contextmanager
def one_line(target: Path) -> Iterator[None]:
    """Turns what the system refuses into a DataError of one line that names `target`."""
    try:
        yield
    except (OSError, RuntimeError) as error:  # array_record raises RuntimeError for what the system refuses
        what = first_line(error)
        full = getattr(error, "errno", 0) in (errno.ENOSPC, errno.EDQUOT) or "No space left" in what
        what = "No space left on device" if full else what
        raise DataError(f"{target} could not be written ({what}); nothing is left of it") from error
