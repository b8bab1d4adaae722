"""Bad command lines, drawn."""

import functools
import random
import typing
from pathlib import Path
from typing import Any, NamedTuple

import neighbours  # noqa: F401

from research.experiments import entry, names


class Bad(NamedTuple):
    """A bad command.

    Args:
        words: what the user typed.
        names: the message names one of these.
    """

    words: list[str]
    names: tuple[str, ...]


NONSENSE = [
    "",
    " ",
    "..",
    "/",
    "a/b",
    "no such",
    "ünï-cødé",
    "数字",
    "\udcff",
    "x" * 300,
    "x" * 5000,
    "x.py",
    ".py",
    "/dev/null.py",
    "digits-quick",
    "DIGITS_QUICK",
    "lenet.1989",
    "%s%n",
    "{0}",
    "[red]x[/]",
    "$(ls)",
    "None",
    "nan",
    "1e999",
    "🎲",
    "a\tb",
    "a\nb",
    "../../etc/passwd",
    "~",
    "~nobody.py",
    "*",
    "?",
]
NOT_INT = ["three", "1.5", "", "nan", "inf", "1e3", "0x10", "1,000", "∞", "½", "None", "--", "9" * 5000]
NOT_FLOAT = ["abc", "", "1,5", "0x1p3", "∞", "None", "1e", "--1"]
TOO_MUCH = ["0", "-1", "-9999999999", str(2**31), str(10**12), str(10**30)]
NOT_FINITE = ["nan", "inf", "-inf", "1e999", "-1e999"]


def unknown_command(draw: random.Random, folder: Path) -> Bad:
    word = draw.choice([*NONSENSE, "reprodcue", "rn", "lst", "Run", "data-prepare", "train"])
    prefix = draw.choice([[], ["data"]])
    return Bad([*prefix, word, *draw.choice([[], ["digits_quick"], ["--seeds", "1"]])], (*_shown(word), "Unrecognized"))


def unknown_flag(draw: random.Random, folder: Path) -> Bad:
    flag = draw.choice(
        ["--pases", "--x", "--seed-s", "--wrokdir", "--Ünï", "--no-such", "--learning.rate", "-q", "--passes3"]
    )
    start = draw.choice(
        [
            ["run", draw.choice(names())],
            ["reproduce"],
            ["list"],
            ["describe", "lenet1989"],
            ["data", "list"],
            ["data", "prepare", "zip"],
            ["predict", "x"],
            ["compare", "x", "y"],
        ]
    )
    return Bad([*start, flag, *draw.choice([[], ["1"], ["--", "3"]])], (flag, "Unrecognized"))


@functools.cache
def _fields() -> list[tuple[str, str, Any]]:
    """Every field of every config, with its type."""
    found = []
    for name in names():
        kind = type(entry(name).config)
        found += [(name, field, hint) for field, hint in typing.get_type_hints(kind).items()]
    return found


def _numbers(hint: Any) -> tuple[type, int] | None:
    """int or float, and how many; None for other types."""
    if hint in (int, float):
        return hint, 1
    options = typing.get_args(hint)
    if typing.get_origin(hint) is tuple and options[0] in (int, float):
        return options[0], 2 if options[1:] == (...,) else len(options)
    return None


def wrong_type(draw: random.Random, folder: Path) -> Bad:
    name, field, hint = draw.choice(
        [*((n, f, h) for n, f, h in _fields() if _numbers(h)), *[(names()[0], "seeds", int)] * 3]
    )
    kind, count = _numbers(hint) or (int, 1)
    flag, value = f"--{field.replace('_', '-')}", draw.choice(NOT_INT if kind is int else NOT_FLOAT)
    return Bad(["run", name, flag, *[value] * count], (flag, field, "Unrecognized"))


def wrong_choice(draw: random.Random, folder: Path) -> Bad:
    choices = [(n, f) for n, f, hint in _fields() if typing.get_origin(hint) is typing.Literal]
    name, field = draw.choice([*choices, ("", "suite")])
    start = ["run", name] if name else ["reproduce"]
    return Bad([*start, f"--{field.replace('_', '-')}", draw.choice(NONSENSE)], (f"--{field.replace('_', '-')}",))


def out_of_range(draw: random.Random, folder: Path) -> Bad:
    numeric = [(n, f, found) for n, f, h in _fields() if (found := _numbers(h))]
    name, field, (kind, count) = draw.choice([*numeric, *[(draw.choice(names()), "seeds", (int, 1))] * 4])
    values = TOO_MUCH if field == "seeds" else TOO_MUCH[1:] if kind is int else NOT_FINITE
    return Bad(
        ["run", name, f"--{field.replace('_', '-')}", *[draw.choice(values)] * count], (field, field.replace("_", "-"))
    )


def unknown_name(draw: random.Random, folder: Path) -> Bad:
    word = draw.choice(NONSENSE)
    start = draw.choice(
        [
            ["run"],
            ["reproduce"],
            ["reproduce", "digits_quick"],
            ["describe"],
            ["data", "prepare"],
            ["predict"],
            ["compare", "x"],
        ]
    )
    more = draw.choice([[], ["--workdir", str(folder / "runs")]]) if start[0] in ("run", "reproduce") else []
    return Bad([*start, word, *more], (*_shown(word), "no run", "NAME"))


def bad_place(draw: random.Random, folder: Path) -> Bad:
    """Data from a place that is none, or into a place that cannot be; names of data sets that are right."""
    where = draw.choice(
        [folder / "nowhere", folder / "file", folder / "empty", Path("/proc/nowhere"), Path("/dev/null")]
    )
    name = draw.choice(["mnist", "fashion_mnist", "cifar10", "zip"])
    if draw.random() < 0.5:
        return Bad(["data", "prepare", name, "--from", str(where)], (str(where), "lacks"))
    words = ["run", draw.choice(["lecun1989_zip", "lecun1989_zip_karpathy"]), "--data-dir", str(where)]
    return Bad(words, ("zip is not prepared", "zip not prepared", str(where)))


def bad_run(draw: random.Random, folder: Path) -> Bad:
    """`predict` and `compare` on what is no run."""
    place = folder / "made" / "run"
    place.mkdir(parents=True, exist_ok=True)
    text = draw.choice(
        [
            '{"name": ',
            "[]",
            "{}",
            "null",
            '{"name": "digits_quick"}',
            '{"name": 3, "config": {}}',
            "NaN",
            '{"name": "digits_quick", "config": {"passes": "x"}, "seeds": 1, "versions": {}, "fingerprint": {}}',
            '{"name": "none", "config": {}, "seeds": 1}',
            "[" * 5000,
            "\0",
            "{'a': 1}",
        ]
    )
    (place / "config.json").write_text(text)
    run = draw.choice([str(place), str(place), str(folder / "empty"), str(folder / "nowhere"), str(folder / "file")])
    words = draw.choice([["predict", run], ["predict", run, str(folder / "file")], ["compare", run, run]])
    return Bad(words, ("run", str(folder)))


def _shown(word: str) -> tuple[str, str]:
    """How a message may show a word, of a long one its beginning: as it stands, or as Python writes it."""
    return word[:40], repr(word)[1:-1][:40]
