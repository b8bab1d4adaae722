"""The figures of runs for the report: in the order in which they are read, with captions, and few bytes."""

import base64
import dataclasses
import io
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

CAPTIONS = {
    "learning": "Learning curves",
    "misread": "Sample errors",
    "filters": "First-layer filters",
    "confusion": "Confusion matrix",
    "learning_rates": "Learning rates",
}
"""Caption of a figure by its name or the first word of it, in the order in which they are shown; others come last."""
ROOM = 12_000_000
"""Characters of pictures that one page holds; those that come after are named and left out."""
FULL = "left out, the page is full; it lies in the folder of the run"


@dataclasses.dataclass(frozen=True)
class Picture:
    """A picture of the page.

    Args:
        caption: what it shows.
        width: in pixels.
        height: in pixels.
        data: the PNG in base64; "" where there is none.
        note: why there is none.
    """

    caption: str
    width: int = 0
    height: int = 0
    data: str = ""
    note: str = ""


def embed(runs: Mapping[str, Path], room: int = ROOM) -> dict[str, list[Picture]]:
    """Pictures of each run's `figures/*.png`, in as much room as a page has.

    Args:
        runs: run folder of a config, by its name; one without figures has no pictures.
        room: characters of base64 in all.
    """
    found: dict[str, list[Picture]] = {}
    for name, folder in runs.items():
        for path in sorted((folder / "figures").glob("*.png"), key=_place):
            picture = _picture(path)
            room -= len(picture.data)
            found.setdefault(name, []).append(picture if room >= 0 else Picture(picture.caption, note=FULL))
    return found


def caption(stem: str) -> str:
    """What a figure shows, from its name: "learning_300" is "Learning curves: 300", "errors" is "Errors"."""
    kind = _kind(stem)
    rest = stem.removeprefix(kind).replace("_", " ").strip()
    return ": ".join(filter(None, (CAPTIONS.get(kind, ""), rest if kind else rest.capitalize())))


def _kind(stem: str) -> str:
    return next((kind for kind in (stem, stem.partition("_")[0]) if kind in CAPTIONS), "")


def _place(path: Path) -> tuple[int, str]:
    return [*CAPTIONS, ""].index(_kind(path.stem)), path.stem


def _picture(path: Path) -> Picture:
    """The file with at most 256 colours of its own, which take a third of the bytes; a damaged one is named."""
    try:
        with Image.open(path) as image:
            few = image.convert("RGB").quantize(method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    except (OSError, SyntaxError, ValueError) as error:
        return Picture(caption(path.stem), note=f"{path.name} cannot be read: {error}")
    data = io.BytesIO()
    few.save(data, "PNG", optimize=True)
    return Picture(caption(path.stem), *few.size, base64.b64encode(data.getvalue()).decode())
