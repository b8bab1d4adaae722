"""A user's pictures as a network wants them: grey, ink 1 on background 0, sized and centred as MNIST's digits were.

LeCun et al. 1998, section III: "size normalized to fit in a 20 x 20 pixel box while preserving their aspect ratio",
then "centered in a 28 x 28 image by computing the center of mass of the pixels".
"""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from PIL import Image

MOST_PIXELS = 25_000_000
MOST_BYTES = 1_000_000_000
MOST_IMAGES = 10_000
FAINT = 0.15
"""Share of the greatest ink below which a pixel does not count for the box of the ink: blur, noise, paper."""


class BadPicture(ValueError):
    """A file that is no picture, or one without anything on it; one line that names it."""


class Picture(NamedTuple):
    """One picture, as it came: its name (of a stack with its place), grey values of any range, and what was read."""

    name: str
    grey: Float[ndarray, "h w"]
    notes: tuple[str, ...]


def read(path: Path) -> Iterator[Picture]:
    """The pictures of a PNG or .npy file; of a stack (n, h, w) one after another.

    Raises:
        BadPicture: it cannot be read, is neither, is damaged, too large, or of a shape or type that is no picture.
    """
    try:
        with path.open("rb") as file:
            magic, size = file.read(6), path.stat().st_size
    except OSError as error:
        raise BadPicture(f"{path}: {error.strerror}") from error
    if size > MOST_BYTES:
        raise BadPicture(f"{path}: {size:,} bytes; at most {MOST_BYTES:,}")
    if magic == b"\x93NUMPY":
        yield from _read_npy(path)
    elif magic == b"\x89PNG\r\n":
        yield _read_png(path)
    else:
        raise BadPicture(f"{path} is neither a PNG image nor an array in .npy format")


def _read_png(path: Path) -> Picture:
    try:
        with warnings.catch_warnings(), Image.open(path, formats=("PNG",)) as image:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            if image.width * image.height > MOST_PIXELS:
                raise BadPicture(f"{path}: {image.width} x {image.height} pixels; at most {MOST_PIXELS:,}")
            image.load()
            mode = image.mode
            grey, note = _grey(image)
    except BadPicture:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadPicture(f"{path}: more than {MOST_PIXELS:,} pixels") from error
    except Exception as error:  # whatever a damaged file makes its reader raise
        raise BadPicture(f"{path} is a damaged PNG image: {error}".splitlines()[0]) from error
    return Picture(str(path), grey, (f"{grey.shape[1]} x {grey.shape[0]} {mode}", *note))


def _grey(image: Image.Image) -> tuple[np.ndarray, tuple[str, ...]]:
    """Luminance in [0, 1]; what is transparent lies on white, or on black where white would hide it."""
    if image.mode.startswith("I"):  # 16 bits, which convert("L") would cut off
        return np.asarray(image, np.float32) / 65535, ()
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layers = image.convert("RGBA")
        for ground in ("white", "black"):
            laid = Image.alpha_composite(Image.new("RGBA", layers.size, ground), layers).convert("L")
            grey = np.asarray(laid, np.float32) / 255
            if np.ptp(grey) > 0:
                break
        return grey, (f"transparent, laid on {ground}",)
    return np.asarray(image.convert("L"), np.float32) / 255, ()


def _read_npy(path: Path) -> Iterator[Picture]:
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # whatever a damaged header makes its reader raise
        said = str(error) if isinstance(error, ValueError) else "its header is damaged"
        raise BadPicture(f"{path} is no whole array of numbers: {said}".splitlines()[0]) from error
    for place, one in enumerate(stack := _stacked(path, array)):
        name = f"{path}[{place}]" if len(stack) > 1 else str(path)
        with np.errstate(over="ignore"):  # becomes infinite, and is refused below
            grey = np.asarray(one, np.float32)
        grey = grey @ np.array([0.299, 0.587, 0.114], np.float32) if grey.ndim == 3 else grey  # ITU-R 601, as Pillow's
        if not np.isfinite(grey).all():
            raise BadPicture(f"{name} holds values that are not finite")
        yield Picture(name, grey, (f"{grey.shape[1]} x {grey.shape[0]} {array.dtype}",))


def _stacked(path: Path, array: np.ndarray) -> np.ndarray:
    """(n, h, w) or (n, h, w, 3) from any array that is one image or a stack."""
    if array.dtype not in (np.bool_, np.uint8, np.float16, np.float32, np.float64):
        raise BadPicture(f"{path} holds {array.dtype}; uint8, bool or float is wanted")
    wanted = f"{path} has shape {array.shape}; (h, w), (n, h, w) or with 3 colours in the end is wanted"
    if array.ndim not in (2, 3, 4) or 0 in array.shape or (array.ndim == 4 and array.shape[-1] != 3):
        raise BadPicture(wanted)
    one = array.ndim == 2 or (array.ndim == 3 and array.shape[-1] == 3)
    stack = array[None] if one else array
    if len(stack) > MOST_IMAGES or stack[0].size > MOST_PIXELS:
        raise BadPicture(f"{wanted}, at most {MOST_IMAGES:,} images of {MOST_PIXELS:,} values each")
    return stack


def fit(picture: Picture, shape: tuple[int, int], box: int | None = None) -> tuple[Float[ndarray, "h w"], str]:
    """A picture as the network's training images are, and in words what was done to it.

    Inverted where the background, the median of the border, is nearer to the lightest value than to the darkest;
    grey values scaled from [background, ink] to [0, 1]; cropped to the box of the ink, scaled to fit in `box` pixels,
    and centred by the centre of mass as far as the ink stays inside. One that has the network's size is not cropped.

    Args:
        picture: grey values of any range.
        shape: height and width that the network reads.
        box: greatest side of the ink; None for 20 / 28 of the smaller side, as MNIST's.

    Returns:
        float32 in [0, 1], ink 1, of `shape`; and one line.

    Raises:
        BadPicture: all its values are equal.
    """
    ink, notes = _ink(picture)
    if ink.shape == shape:
        return ink, ", ".join([*notes, "of the network's size: not cropped"])
    rows, columns = (np.flatnonzero((ink > FAINT).any(axis=axis)) for axis in (1, 0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = (box or round(min(shape) * 20 / 28)) / max(ink.shape)
    height, width = (min(limit, max(1, round(side * scale))) for side, limit in zip(ink.shape, shape, strict=True))
    small = np.asarray(Image.fromarray(ink).resize((width, height), Image.Resampling.BILINEAR))
    size = f"ink of {ink.shape[1]} x {ink.shape[0]} scaled to {width} x {height} in {shape[1]} x {shape[0]}"
    return _centred(small, shape), ", ".join([*notes, size])


def _ink(picture: Picture) -> tuple[np.ndarray, list[str]]:
    """Grey values with the background at 0 and the strongest ink at 1."""
    grey, notes = np.asarray(picture.grey, np.float32), list(picture.notes)
    low, high = float(grey.min()), float(grey.max())
    if not high > low:
        raise BadPicture(f"{picture.name}: all one grey ({low:.3g}): nothing is drawn on it")
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    background = float(np.median(border))
    inverted = background - low > high - background
    end = low if inverted else high
    notes.append("inverted, its background being lighter than its ink" if inverted else "not inverted")
    notes.append(f"grey {background:.3g}..{end:.3g} scaled to 0..1")
    return np.clip((grey - background) / (end - background), 0, 1).astype(np.float32), notes


def _centred(ink: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The ink on an empty image, its centre of mass in the middle, to a whole pixel."""
    image = np.zeros(shape, np.float32)
    starts = []
    for axis, (side, limit) in enumerate(zip(ink.shape, shape, strict=True)):
        mass = ink.sum(axis=1 - axis)
        centre = (mass * (np.arange(side) + 0.5)).sum() / mass.sum()
        starts.append(min(max(0, round(limit / 2 - centre)), limit - side))
    image[starts[0] : starts[0] + ink.shape[0], starts[1] : starts[1] + ink.shape[1]] = ink
    return image
