"""A server that has imported everything and started nothing: it forks works, and kills them at the moment asked for.

A line of JSON in, {"work", "folder", "event", "delay", "limit"}; a line out: what became of it. A moment is `delay`
seconds after the file event number `event` (an open for writing, a rename, a removal, a new folder), 0 being the
beginning; without delay it comes before the event itself. `limit` is the greatest file in bytes that it may write. What
the command refuses ends the work as it ends the command.
"""

import importlib
import itertools
import json
import os
import resource
import select
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

import neighbours  # noqa: F401

from research import __main__ as command
from research.training.loop import NonFinite

BEGIN, EVENT, END = b"b", b"e", b"E"
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir"}


def reply(asked: dict[str, Any]) -> dict[str, Any]:
    """Forks the work and kills it, where it is asked to; `hit` where the kill came before the work's end."""
    reading, writing = os.pipe()
    with tempfile.TemporaryFile() as errors:
        process = os.fork()
        if process == 0:
            os.close(reading)
            _work(asked, writing, errors.fileno())
        os.close(writing)
        seen, started = _until(reading, asked.get("event"), asked.get("delay"))
        if asked.get("delay") and END not in seen:
            os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
        seconds = time.monotonic() - started
        while more := os.read(reading, 65536):
            seen += more
        os.close(reading)
        errors.seek(0)
        said = errors.read().decode(errors="replace")[-50_000:]
    code = os.waitstatus_to_exitcode(status)
    hit = code == -signal.SIGKILL and END not in seen
    return {"code": code, "hit": hit, "events": seen.count(EVENT), "seconds": seconds, "errors": said}


def _until(pipe: int, event: int | None, delay: float | None) -> tuple[bytes, float]:
    """Reads events up to the moment, or the end; the clock starts when the work does."""
    seen, started, moment = b"", time.monotonic(), None
    while END not in seen:
        if moment is None and delay and BEGIN in seen and seen.count(EVENT) >= (event or 0):
            moment = time.monotonic() + delay
        left = None if moment is None else moment - time.monotonic()
        if left is not None and left <= 0:
            break
        if select.select([pipe], [], [], left)[0]:
            more = os.read(pipe, 1)
            if not more:
                break
            started = time.monotonic() if more == BEGIN else started
            seen += more
    return seen, started


def _work(asked: dict[str, Any], pipe: int, errors: int) -> None:
    """In the child: the work, told event by event; it never returns."""
    code = 1
    try:
        null = os.open(os.devnull, os.O_RDWR)
        for old, new in ((null, 0), (null, 1), (errors, 2)):
            os.dup2(old, new)
        module, _, name = asked["work"].partition(":")
        function = getattr(importlib.import_module(module), name)
        _tell_all(pipe, asked.get("event") if asked.get("delay") == 0 else None)
        os.write(pipe, BEGIN)
        if limit := asked.get("limit"):
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        function(Path(asked["folder"]))
        os.write(pipe, END)
        code = 0
    except command.BAD as error:  # as the command answers it
        code = command.MISUSE
        print(f"error: {error}", file=sys.stderr, flush=True)
    except NonFinite as error:
        code = command.STOPPED
        print(f"error: {error}", file=sys.stderr, flush=True)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _tell_all(pipe: int, last: int | None) -> None:
    """Tells every file event before it happens; at the one numbered `last` the process is killed, and it does not."""
    told = itertools.count(1)

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event in CHANGES or (event == "open" and args[2] & (os.O_WRONLY | os.O_RDWR)):
            os.write(pipe, EVENT)
            if next(told) == last:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def main() -> None:
    importlib.import_module("works")
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(reply(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
