"""Config files of a user's that lack a name, have a wrong one, or do not run."""

import random
from pathlib import Path

from bad_commands import Bad

CONFIG = '''"""A config of one's own.

Command: python -m research run mine.py
"""

from research.claims import Below, Claim
from research.experiments.digits_quick import Config

EXPERIMENT = "digits_quick"
CONFIG = Config(passes=1, maps=(2, 2))
PART = "Mine"
SUITE = "quick"
SEEDS = 2
CLAIMS = (
    Claim(
        id="MINE-1", title="a hidden layer beats shuffled labels", quantity="hidden_error", statistic="mean",
        paper=None, accept=Below("hidden_error_shuffled"), control="hidden_error_shuffled", unit="%", source="none",
        known="computed",
    ),
)
'''


WRONG = {
    "EXPERIMENT": [
        "'digits_quik'",
        "3",
        "None",
        "''",
        "['digits_quick']",
        "'digits_quick_figures'",
        "'../x'",
        "b'digits_quick'",
    ],
    "CONFIG": [
        "None",
        "3",
        "Config",
        "{}",
        "Config(passes='three')",
        "Config(nothing=1)",
        "Config(passes=-1)",
        "Config(learning_rate=float('nan'))",
        "Config(maps=(1, 2, 3))",
        "Config(passes=1.5)",
        "object()",
    ],
    "PART": ["None", "3", "''", "('a',)"],
    "SUITE": ["'slow'", "None", "3", "''", "['quick']"],
    "SEEDS": ["0", "-1", "'two'", "None", "1.5", "True", "float('nan')", "10**12", "10**30"],
    "CLAIMS": ["None", "3", "Claim", "('a',)", "(None,)", "{}", "(Claim(id='X'),)", "'claims'"],
}
BROKEN = [
    "def",
    "1 / 0",
    "import nothing_of_the_kind",
    "raise SystemExit(0)",
    "import sys; sys.exit()",
    "raise Exception",
    "def f(): f()\nf()",
    "\0",
    "raise KeyError('a\\nb')",
    "x = '\\ud800'; raise ValueError(x)",
    "assert False",
    "raise ValueError('a' * 100000)",
    "exit(0)",
    "from research import nothing",
    "(" * 300,
    "",
    "'''",
]


def bad_file(draw: random.Random, folder: Path) -> Bad:
    """A config of the user's that lacks a name, has a wrong one, or does not run."""
    path = folder / "mine.py"
    what = draw.choice(["lacks", "wrong", "wrong", "broken", "bytes", "docstring"])
    names_: tuple[str, ...] = ("mine.py",)
    text = CONFIG
    if what == "lacks":
        gone = draw.sample(sorted(WRONG), draw.randint(1, 6))
        text += "".join(f"del {name}\n" for name in gone)
        names_ = (", ".join(name for name in WRONG if name in gone), gone[0])
    elif what == "wrong":
        name = draw.choice(sorted(WRONG))
        text += f"{name} = {draw.choice(WRONG[name])}\n"
    elif what == "broken":
        text = draw.choice(["", CONFIG]) + draw.choice(BROKEN) + "\n"
        text += "" if text.strip() and text != CONFIG + "\n" else "del SUITE\n"
    elif what == "docstring":
        text = CONFIG[CONFIG.index("from") :]
    path.write_bytes(draw.randbytes(50) if what == "bytes" else text.encode(errors="surrogatepass"))
    return Bad([draw.choice(["run", "reproduce"]), str(path)], names_)
