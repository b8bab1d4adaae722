"""A few bad commands of each kind; `campaign.py` gives a thousand."""

import subprocess
import sys
from pathlib import Path

import misuse
import neighbours
import pytest


def test_bad_commands_end_with_status_2_and_one_clear_message():
    """Through the campaign, in a process where no annotation is checked: none is for a user."""
    command = [
        sys.executable,
        str(Path(misuse.__file__).with_name("campaign.py")),
        "--only",
        "misuse",
        "--commands",
        "60",
    ]
    done = subprocess.run(command, capture_output=True, text=True, env=neighbours.environment(), check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Nothing was lost." in done.stdout
    assert "bad commands and configs" in done.stdout


@pytest.mark.parametrize(
    ("words", "names", "why"),
    [
        (["list"], ("x",), "status 0"),
        (["run", "digits_quick"], ("x",), "WorkBegan"),
        (["describe", "nothing"], ("something else",), "names none of"),
    ],
)
def test_a_command_that_is_not_bad_or_an_answer_that_names_nothing_is_seen(words, names, why):
    with misuse.desk() as folder:
        what, said = misuse.judged(misuse.Bad(words, names), folder)
    assert what == "lost"
    assert why in said


@pytest.mark.parametrize("text", ["error: x\nand more\n", "Traceback\nerror: long enough to be a line\n", "short\n"])
def test_an_answer_of_another_form_is_seen(text, monkeypatch):
    def answer(_words):
        print(text, end="", file=misuse.sys.stderr)
        return 2

    monkeypatch.setattr(misuse.command, "main", answer)
    with misuse.desk() as folder:
        what, said = misuse.judged(misuse.Bad(["x"], ("error",)), folder)
    assert (what, "not one line and no box" in said) == ("lost", True)


def test_what_a_bad_command_writes_is_seen(monkeypatch):
    def answer(_words):
        misuse.Path("written").touch()
        return 2

    monkeypatch.setattr(misuse.command, "main", answer)
    with misuse.desk() as folder:
        assert "wrote" in misuse.judged(misuse.Bad(["x"], ("error",)), folder)[1]
