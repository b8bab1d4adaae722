"""Bad command lines and bad config files: each must end with status 2, one clear message that names what is wrong, and
nothing written. The commands run in this process; one that begins to measure has accepted what it should refuse.

Clear is one of two forms on standard error, with nothing on standard output:
* one line, "error: ...";
* one box of tyro, which begins with its title, says what is wrong and where the help is.
Either names the word that is wrong, or the name, field or file.
"""

import contextlib
import io
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import neighbours  # noqa: F401
from bad_commands import (
    Bad,
    bad_place,
    bad_run,
    out_of_range,
    unknown_command,
    unknown_flag,
    unknown_name,
    wrong_choice,
    wrong_type,
)
from bad_configs import bad_file

from research import __main__ as command
from research.commands import measure as measuring
from research.commands import reproduce as reproducing


class WorkBegan(BaseException):
    """A command measures, which a bad one never may."""


class Misused(NamedTuple):
    """What a number of bad commands did.

    Args:
        commands: how many.
        lines: of these, refused with a line of ours.
        boxes: of these, refused with a box of tyro's.
        lost: what went wrong, one line each.
    """

    commands: int
    lines: int
    boxes: int
    lost: list[str]


KINDS: dict[Callable[[random.Random, Path], Bad], int] = {
    unknown_command: 2,
    unknown_flag: 2,
    wrong_type: 3,
    wrong_choice: 1,
    out_of_range: 3,
    unknown_name: 3,
    bad_place: 1,
    bad_run: 2,
    bad_file: 5,
}


def judged(bad: Bad, folder: Path) -> tuple[str, str]:
    """What came of it (line, box or lost) and why."""
    before = sorted(folder.rglob("*"))
    status, out, err = _run(bad.words)
    written = [str(path) for path in sorted(folder.rglob("*")) if path not in before]
    if status != 2:
        return "lost", f"status {status}: {(err or out)[-300:]!r}"
    if written:
        return "lost", f"wrote {written}"
    if out.strip():
        return "lost", f"on standard output: {out[:200]!r}"
    lines = err.strip("\n").split("\n")
    box = lines[0].startswith("╭─ ") and lines[-1].startswith("╰") and "help" in err and err.count("╭") == 1
    line = len(lines) == 1 and err.startswith("error: ") and 20 < len(err) < 6000
    if not box and not line:
        return "lost", f"not one line and no box: {err[:400]!r}"
    said = _squeezed(err)
    if not any(_squeezed(name) in said for name in bad.names):
        return "lost", f"names none of {bad.names}: {err[:300]!r}"
    return ("box" if box else "line"), ""


def _run(words: list[str]) -> tuple[int | str, str, str]:
    """Status, standard output and error of a command, as a process would have given them."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", errors) for errors in ("strict", "backslashreplace"))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status: int | str = command.main(list(words))
        except SystemExit as leaving:
            status = leaving.code if isinstance(leaving.code, int) else 0 if leaving.code is None else 1
        except BaseException as error:
            status = f"{type(error).__name__}: {error}"
    texts = []
    for file in (out, err):
        file.flush()
        texts.append(file.buffer.getvalue().decode())  # type: ignore[attr-defined]
    return status, texts[0], texts[1]


def _squeezed(text: str) -> str:
    """Without the white space and the frame by which a box breaks words."""
    return "".join(character for character in text if character not in " \n\t│")


@contextlib.contextmanager
def desk() -> Iterator[Path]:
    """An empty folder in which commands run that may measure nothing; afterwards all is as it was."""

    def began(*_arguments: Any, **_more: Any) -> Any:
        raise WorkBegan("the command measures")

    here, environment, compiled = Path.cwd(), dict(os.environ), sys.dont_write_bytecode
    with (
        tempfile.TemporaryDirectory() as name,
        mock.patch.object(reproducing, "measure", began),
        mock.patch.object(measuring, "measure", began),
    ):
        folder = Path(name).resolve()
        (folder / "empty").mkdir()
        (folder / "file").write_text("not what you think")
        (folder / "desk").mkdir()
        os.chdir(folder / "desk")
        os.environ |= {"TFDS_DATA_DIR": str(folder / "empty"), "COLUMNS": "100", "HOME": str(folder)}
        sys.dont_write_bytecode = True
        try:
            yield folder
        finally:
            os.chdir(here)
            os.environ.clear()
            os.environ.update(environment)
            sys.dont_write_bytecode = compiled


def misused(number: int, seed: int, told: Callable[[int], None] = lambda _: None) -> Misused:
    """Gives `number` bad commands, drawn."""
    draw, counts, lost = random.Random(seed), {"line": 0, "box": 0, "lost": 0}, []
    kinds, weights = list(KINDS), list(KINDS.values())
    with desk() as folder:
        data_dir = os.environ["TFDS_DATA_DIR"]
        for _ in range(number):
            kind = draw.choices(kinds, weights)[0]
            bad = kind(draw, folder)
            what, why = judged(bad, folder)
            os.environ["TFDS_DATA_DIR"] = data_dir
            counts[what] += 1
            shown = [word[:60] for word in bad.words]
            more = (folder / "mine.py").read_bytes()[-60:] if kind is bad_file else b""
            lost.extend([f"{kind.__name__} {shown} {more!r}: {why}"] if what == "lost" else [])
            told(1)
    return Misused(number, counts["line"], counts["box"], lost)
