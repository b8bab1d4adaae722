"""`--distributed`: how the processes of a job find each other, which of them writes, and how they end together."""

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, cast

import jax
from rich.console import Console

from research.experiments import BadConfig
from research.training.processes import from_first, is_first

DEAD_AFTER = 20
"""Seconds without a sign of life after which the other processes end."""
BY_HAND = ("JAX_COORDINATOR_ADDRESS", "JAX_NUM_PROCESSES", "JAX_PROCESS_ID")
LOST = 4
DONE = b"done\n"
AGAIN = "the same command goes on where it stood"
ALONE = "error: --distributed: the other processes of the job did not come within 5 minutes, or this one was killed"
LAST_WORDS = """
line=$1
while read -r newer; do line=$newer; done
[ "$line" = done ] || printf '%s\\n' "$line" >&2
rm -rf -- "$2"
"""
"""A shell that outlives the process: JAX ends those that are left over by abort(), where Python has no last word."""


@dataclasses.dataclass(frozen=True)
class _Job:
    """This process's place in its job, a folder that goes when it ends, and the shell that speaks after it."""

    place: str
    folder: Path
    shell: "subprocess.Popen[bytes]"


_joined: list[_Job] = []  # at most one: a process joins once, as `jax.distributed` has it


def together(distributed: bool, command: Callable[[Path, Console], int], workdir: Path, console: Console) -> int:
    """Runs command(workdir, console) in this process, or in each process of a job, and returns its status.

    In a job the first process's files, lines and status are those of a single one; each of the others gets a folder of
    its own, which is deleted, and a console that says nothing, and returns the first one's status.

    Raises:
        BadConfig: no job to join.
    """
    if not distributed:
        return command(workdir, console)
    job = _join()
    status = command(workdir, console) if is_first() else command(job.folder, Console(quiet=True))
    status = from_first(bytes([status]))[0]  # the others wait here for the first one's report
    job.shell.communicate(DONE)
    return status


def _join() -> _Job:
    """Waits for the other processes of the job, and sees to it that none outlives another for long."""
    by_hand = _by_hand(os.environ)
    folder = Path(tempfile.mkdtemp(prefix="research-"))
    words = ["sh", "-c", LAST_WORDS, "sh", ALONE, str(folder)]
    shell = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, bufsize=0, start_new_session=True)
    try:
        _initialize(by_hand)
    except BadConfig:
        shell.communicate(DONE)
        raise
    place = f"process {jax.process_index()} of {jax.process_count()}"  # starts the devices, at the same time everywhere
    line = f"error: {place} was ended: it was killed, or another one failed or died, whose output says why; {AGAIN}\n"
    cast("IO[bytes]", shell.stdin).write(line.encode())
    _joined.append(_Job(place, folder, shell))
    sys.excepthook = _excepthook
    return _joined[0]


def _initialize(by_hand: Mapping[str, Any]) -> None:
    jax.config.update("jax_enable_preemption_service", False)  # it would keep SIGTERM from ending the process
    try:
        jax.distributed.initialize(
            **by_hand,
            cluster_detection_method="deactivate" if by_hand else None,
            heartbeat_timeout_seconds=DEAD_AFTER,
        )
    except (ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise BadConfig(
            f"--distributed: {reason} Slurm, Open MPI, Kubernetes and TPU pods are found; "
            f"elsewhere set {', '.join(BY_HAND)}"
        ) from error


def _by_hand(environment: Mapping[str, str]) -> dict[str, Any]:
    """What the three variables say; {} where none is set. JAX itself reads only the first."""
    found = {name: environment[name] for name in BY_HAND if environment.get(name)}
    if not found:
        return {}
    if len(found) < len(BY_HAND):
        raise BadConfig(f"--distributed: {', '.join(found)} without {', '.join(sorted({*BY_HAND} - {*found}))}")
    address, count, number = found.values()
    if ":" not in address:
        raise BadConfig(f"JAX_COORDINATOR_ADDRESS = {address}: HOST:PORT of process 0")
    if not (count.isdecimal() and number.isdecimal() and int(number) < int(count)):
        raise BadConfig(f"JAX_PROCESS_ID = {number}, JAX_NUM_PROCESSES = {count}: numbers, the first below the second")
    return {"coordinator_address": address, "num_processes": int(count), "process_id": int(number)}


def begin_together(folder: Path, identity: Mapping[str, Any]) -> None:
    """Refuses a run that is not that of the first process, and hands over the lines from which it goes on.

    Raises:
        BadConfig: this process has another config, program, data or versions; the message names which.
    """
    own = json.loads(json.dumps(identity))
    first = json.loads(from_first(json.dumps(own).encode()))
    lines = folder / "metrics.jsonl"
    content = from_first(lines.read_bytes() if lines.exists() else b"")
    if other := [name for name in own if own[name] != first.get(name)]:
        raise BadConfig(f"{', '.join(other)} not those of process 0: all run the same command on the same data")
    if not is_first() and content:
        lines.write_bytes(content)


def place() -> str:
    """What an error of a process of a job begins with: "process 1 of 2: "; "" for one alone."""
    return f"{_joined[0].place}: " if _joined else ""


def leave(status: int) -> None:
    """Ends a process of a job that failed, at once: the usual way out waits for the others. Nothing for one alone."""
    if _joined:
        sys.stdout.flush()
        sys.stderr.flush()
        _joined[0].shell.communicate(DONE)
        os._exit(status)


def _excepthook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A collective that fails because a process is gone is one line; anything else keeps its traceback."""
    if isinstance(error, jax.errors.JaxRuntimeError):
        reason = str(error).splitlines()[0]
        print(f"error: {place()}{reason}; is another process gone? {AGAIN}", file=sys.stderr)
        leave(LOST)
    traceback.print_exception(kind, error, trace)
    leave(1)
