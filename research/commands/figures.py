"""Figures that a command writes where the user says."""

import os
from pathlib import Path

from matplotlib.figure import Figure

from research.experiments import BadConfig

FORMATS = (".png", ".pdf", ".svg")


def check(path: Path | None) -> None:
    """Raises BadConfig for a figure that could not be written, before any work."""
    if path is not None and path.suffix not in FORMATS:
        raise BadConfig(f"--figure {path}: its name must end in {', '.join(FORMATS)}")
    if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise BadConfig(f"--figure {path}: " + ("that is a folder" if path.is_dir() else f"no folder {path.parent}"))


def write(figure: Figure, path: Path) -> None:
    """Writes a figure whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        figure.savefig(temporary, format=path.suffix[1:], dpi=120)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
