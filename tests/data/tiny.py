"""A data set of twelve images in the four IDX files, described as the catalogue describes the real ones."""

import dataclasses
import gzip
import hashlib
from pathlib import Path

import numpy as np

from research.data import Dataset, Description, Split, digest, formats
from research.data.catalogue import Original, Package

NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def dataset(seed: int = 0) -> Dataset:
    rng = np.random.default_rng(seed)

    def split(size: int) -> Split:
        images = rng.integers(0, 256, (size, 3, 2), dtype=np.uint8)
        return Split(images, rng.integers(0, 10, size, dtype=np.int32))

    return Dataset(split(7), split(5))


def idx_bytes(array: np.ndarray) -> bytes:
    header = np.array([0x0800 + array.ndim, *array.shape], ">u4").tobytes()
    return header + array.astype(np.uint8).tobytes()


def contents(data: Dataset) -> dict[str, bytes]:
    return dict(zip(NAMES, (idx_bytes(array) for split in data for array in split), strict=True))


def description(data: Dataset | None = None) -> Description:
    data = data or dataset()
    originals = (Original(name, len(c), hashlib.sha256(c).hexdigest()) for name, c in contents(data).items())
    return Description(
        name="tiny",
        title="twelve images",
        shape=(3, 2),
        dtype="uint8",
        values="0 to 255",
        sizes=(7, 5),
        classes=tuple("0123456789"),
        split="seven and five",
        digest=digest(data),
        originals=tuple(originals),
        parse=formats.idx,
        package=Package("npm", "tiny@1.0.0"),
        stock="tiny_stock/1.0.0",
    )


def with_digests_of(files: dict[str, bytes]) -> Description:
    """The description of a data set whose files are these, right or wrong: only what is in them can be at fault."""
    originals = (Original(name, len(c), hashlib.sha256(c).hexdigest()) for name, c in files.items())
    return dataclasses.replace(description(), originals=tuple(originals))


def write(folder: Path, files: dict[str, bytes], zipped: bool = False) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / (name + ".gz" if zipped else name)).write_bytes(gzip.compress(content) if zipped else content)
    return folder


def quiet(_what: str, _done: int, _total: int) -> None:
    pass


def left_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
