"""The command with the configs, the records and the README of a folder: python host_command.py FOLDER WORDS."""

import sys
from pathlib import Path

import research.experiments
from research.__main__ import main
from research.commands import reproduce
from research.ledger import records


def places(folder: Path):
    """What is set to what."""
    return (
        (research.experiments, "CONFIGS", folder / "configs"),
        (records, "RECORDS", folder / "records"),
        (reproduce, "README", folder / "README.md"),
    )


if __name__ == "__main__":
    for owner, name, value in places(Path(sys.argv[1])):
        setattr(owner, name, value)
    sys.exit(main(sys.argv[2:]))
