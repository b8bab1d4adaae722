"""A user's own config file: what it lacks or has wrong, each in one line with status 2 before any work."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from research.__main__ import main
from research.experiments import CONFIGS, entry

GOOD = '''"""Mine.

Command: python -m research run ./mine.py
"""
from research.claims import Below, Claim
from research.experiments.digits_quick import Config

EXPERIMENT = "digits_quick"
CONFIG = Config(passes=1)
PART = "Mine"
SUITE = "quick"
SEEDS = 1


def claim(id="M-1", config=None):
    return Claim(
        id=id, title="t", quantity="hidden_error", statistic="mean", paper=None,
        accept=Below("linear_error", config=config), control="hidden_error_shuffled", unit="%", source="none",
        known="computed",
    )


CLAIMS = (claim(),)
'''


def swap(old: str, new: str) -> Callable[[Path], object]:
    assert old in GOOD
    return lambda path: path.write_text(GOOD.replace(old, new))


def write(text: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(text)


@pytest.mark.parametrize(
    ("make", "wanted"),
    [
        (
            lambda path: path.write_text(GOOD.split('"""\n', 1)[1]),
            "a config defines a docstring, and this one does not",
        ),
        (write('"""Mine."""\n'), "a config defines EXPERIMENT, CONFIG, PART, SUITE, SEEDS, CLAIMS"),
        (swap("EXPERIMENT =", "OTHER ="), "a config defines EXPERIMENT, and"),
        (swap("CONFIG =", "OTHER ="), "a config defines CONFIG, and"),
        (swap("PART =", "OTHER ="), "a config defines PART, and"),
        (swap("SUITE =", "OTHER ="), "a config defines SUITE, and"),
        (swap("SEEDS =", "OTHER ="), "a config defines SEEDS, and"),
        (swap("CLAIMS =", "OTHER ="), "a config defines CLAIMS, and"),
        (swap('EXPERIMENT = "digits_quick"', 'EXPERIMENT = "digits_quik"'), "did you mean 'digits_quick'?"),
        (swap('EXPERIMENT = "digits_quick"', "EXPERIMENT = 3"), "there is no experiment '3'"),
        (swap('EXPERIMENT = "digits_quick"', 'EXPERIMENT = "digits_quick_figures"'), "is a part of an experiment"),
        (swap('EXPERIMENT = "digits_quick"', 'EXPERIMENT = "_checks"'), "there is no experiment '_checks'"),
        (swap('EXPERIMENT = "digits_quick"', 'EXPERIMENT = "lecun1989_zip"'), "CONFIG is research.experiments.digits_"),
        (swap("Config(passes=1)", "Config"), "CONFIG is the class; an instance is wanted: Config()"),
        (swap("Config(passes=1)", "{'passes': 1}"), "CONFIG is dict"),
        (swap("Config(passes=1)", "Config(pases=1)"), "pases"),
        (swap('PART = "Mine"', "PART = 3"), "PART = 3: must be a text"),
        (swap('"quick"', '"slow"'), "SUITE = 'slow': must be one of quick, cpu, long, accelerator"),
        (swap('"quick"', "[]"), "SUITE = []: must be one of"),
        (swap("SEEDS = 1", "SEEDS = 0"), "SEEDS = 0: must be a whole number, 1 or more"),
        (swap("SEEDS = 1", "SEEDS = 1.0"), "SEEDS = 1.0: must be a whole number"),
        (swap("SEEDS = 1", "SEEDS = True"), "SEEDS = True: must be a whole number"),
        (swap("(claim(),)", "claim()"), "CLAIMS is research.claims.Claim: must be a tuple of Claim"),
        (swap("(claim(),)", "(claim(), 'x')"), "CLAIMS[1] is str: must be a Claim"),
        (swap("(claim(),)", "(claim(), claim())"), "two claims have the id 'M-1'"),
        (swap("(claim(),)", "(claim(config='digits_quik'),)"), "did you mean 'digits_quick'?"),
        (write("def"), "SyntaxError: invalid syntax"),
        (lambda path: path.write_bytes(b"\xff\xfe\x00"), "Error: "),
        (write("import nothing_of_the_kind"), "ModuleNotFoundError: No module named 'nothing_of_the_kind'"),
        (write("raise ValueError('one\\ntwo')"), "ValueError: one"),
        (write("import sys; sys.exit(3)"), "SystemExit: 3"),
        (lambda path: path.mkdir(), "is a folder; a config is a Python file"),
        (lambda path: path.symlink_to("nowhere"), "there is no config"),
    ],
)
@pytest.mark.parametrize("command", ["run", "reproduce"])
def test_what_is_wrong_is_one_line(tmp_path: Path, capsys: Any, make: Any, wanted: str, command: str) -> None:
    path = tmp_path / "mine.py"
    make(path)
    assert main([command, str(path), "--workdir", str(tmp_path / "runs")]) == 2
    error = capsys.readouterr().err.strip()
    assert wanted in error
    assert "mine.py" in error
    assert "\n" not in error
    assert not (tmp_path / "runs").exists()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    path = tmp_path / "mine.py"
    path.write_text(GOOD)

    def refuse(*_: Any) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("importlib.machinery.SourceFileLoader.get_data", refuse)
    assert main(["run", str(path)]) == 2
    assert f"mine.py: PermissionError: [Errno 13] Permission denied: '{path}'" in capsys.readouterr().err


def test_fields_of_another_type_are_named_without_the_tests_own_checks(tmp_path: Path) -> None:
    """In a process of its own: where types are checked at run time, Config refuses them in other words."""
    wanted = {
        "passes='1'": "passes = 1: must be above 0",
        "passes=1.5": "passes = 1.5: must be int",
        "maps=(1, 2, 3)": "maps = (1, 2, 3): must hold 2 values",
    }
    for place, field in enumerate(wanted):
        (tmp_path / f"mine{place}.py").write_text(GOOD.replace("passes=1", field))
    script = (
        "import sys; from research.__main__ import main; sys.exit([main(['run', x]) for x in sys.argv[1:]] != [2] * 3)"
    )
    words = [sys.executable, "-c", script, *(str(tmp_path / f"mine{place}.py") for place in range(3))]
    done = subprocess.run(words, capture_output=True, text=True, cwd=CONFIGS.parent)
    assert done.returncode == 0, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 3
    for line, text in zip(lines, wanted.values(), strict=True):
        assert text in line


def test_a_good_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(GOOD.replace("(claim(),)", "[claim(), claim('M-2')]"))
    found = entry(str(path))
    assert (found.name, found.seeds, len(found.claims)) == ("mine", 1, 2)
    assert found.config.passes == 1
    assert type(found.claims) is tuple


def test_a_claim_may_name_itself_a_config_of_the_package_or_a_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(GOOD)
    for name in ("mine", "digits_quick", "other"):
        path = tmp_path / "mine.py"
        path.write_text(GOOD.replace("(claim(),)", f"(claim(config={name!r}),)"))
        assert entry(str(path)).claims[0].accept.config == name  # type: ignore[union-attr]
