"""The original files' formats, from bytes to arrays: IDX, CIFAR-10's binary batches and their PNG copy, and ESL's text.

Every function takes the contents of a data set's files, decompressed, by name and in the catalogue's order. Files whose
SHA-256 is right cannot fail here; the checks are for whoever describes a new data set.
"""

import io
import json
import math
import operator
import warnings
from collections.abc import Mapping

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from research.data.dataset import DataError, Dataset, Split, first_line

_CIFAR_ROW = 1 + 3 * 32 * 32  # a label, then the red, the green and the blue plane
_PNG_ROWS = 10_000  # images of a batch


def idx(files: Mapping[str, bytes]) -> Dataset:
    """Parses four IDX files: train images, train labels, test images, test labels.

    Source: LeCun, Cortes & Burges 1998, "File formats for the MNIST database": the big-endian int32 0x0000080r with
    r the rank, then r sizes, then the bytes.

    Raises:
        DataError: a header that lies about magic, rank or size, or splits whose images and labels differ in number.
    """
    names = list(files)
    arrays = [_idx_array(name, files[name], rank) for name, rank in zip(names, (3, 1, 3, 1), strict=True)]
    train = _split(names[1], arrays[0], arrays[1])
    return Dataset(train, _split(names[3], arrays[2], arrays[3]))


def _idx_array(name: str, content: bytes, rank: int) -> UInt8[np.ndarray, "..."]:
    magic, start = 0x0800 + rank, 4 + 4 * rank
    if len(content) < start or int.from_bytes(content[:4], "big") != magic:
        raise DataError(f"{name}: not an IDX file of bytes with {rank} dimensions")
    shape = tuple(int(size) for size in np.frombuffer(content, ">u4", rank, offset=4))
    if start + math.prod(shape) != len(content):
        raise DataError(f"{name}: the header announces {shape} bytes, {len(content) - start} follow")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def cifar_binary(files: Mapping[str, bytes]) -> Dataset:
    """Parses CIFAR-10's binary batches; the last file is the test batch.

    A row is a label and 3072 bytes: the red, green and blue planes of 32 x 32. Source: Krizhevsky 2009, binary version.

    Raises:
        DataError: a file that is not a whole number of rows.
    """
    splits = [_cifar_batch(name, content) for name, content in files.items()]
    images = np.concatenate([split.images for split in splits[:-1]])
    return Dataset(Split(images, np.concatenate([split.labels for split in splits[:-1]])), splits[-1])


def _cifar_batch(name: str, content: bytes) -> Split:
    if not content or len(content) % _CIFAR_ROW:
        raise DataError(f"{name}: {len(content)} bytes are not a whole number of rows of {_CIFAR_ROW}")
    rows = np.frombuffer(content, np.uint8).reshape(-1, _CIFAR_ROW)
    planes = rows[:, 1:].reshape(-1, 3, 32, 32)
    return _split(name, np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), rows[:, 0])


def cifar_binary_from_png(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Rebuilds CIFAR-10's binary batches from their PNG copy: one image a row of pixels, and the labels in JSON.

    Args:
        files: data_batch_1.png to data_batch_5.png, test_batch.png, train_lables.json, test_lables.json (spelled so).

    Returns:
        data_batch_1.bin to data_batch_5.bin and test_batch.bin, byte for byte the originals when the copy is faithful.

    Raises:
        DataError: a file that cannot be read, or as many labels as there are not images.
    """
    batches = {}
    labels = {part: _labels(f"{part}_lables.json", files[f"{part}_lables.json"]) for part in ("train", "test")}
    for name in sorted(file for file in files if file.endswith(".png")):  # data_batch_1 ... 5, test_batch
        images, part = _png_images(name, files[name]), "test" if name.startswith("test") else "train"
        taken, labels[part] = labels[part][: len(images)], labels[part][len(images) :]
        if len(taken) != len(images):
            raise DataError(f"{name}: {len(images)} images and {len(taken)} labels in {part}_lables.json")
        planes = images.transpose(0, 3, 1, 2).reshape(len(images), -1)
        batches[name.removesuffix(".png") + ".bin"] = np.concatenate([taken[:, None], planes], axis=1).tobytes()
    return batches


def _labels(name: str, content: bytes) -> UInt8[np.ndarray, " n"]:
    try:
        return np.array([operator.index(label) for label in json.loads(content)], np.uint8)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise DataError(f"{name}: not a list of labels in JSON ({first_line(error)})") from None


def _png_images(name: str, content: bytes) -> UInt8[np.ndarray, "n 32 32 3"]:
    try:
        with warnings.catch_warnings(action="error"), Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            if (image.mode, image.width) != ("RGB", 1024) or image.height > _PNG_ROWS:  # before it is unpacked
                raise ValueError(f"{image.mode}, {image.width} x {image.height}")
            return np.asarray(image).reshape(-1, 32, 32, 3)
    except Exception as error:  # whatever Pillow raises, and what it warns of
        raise DataError(f"{name}: not a PNG of 1024 RGB pixels a row ({first_line(error)})") from None


def esl_text(files: Mapping[str, bytes]) -> Dataset:
    """Parses the zip-code digits as The Elements of Statistical Learning gives them: a label and 256 greys a line.

    Args:
        files: zip.train, zip.test.

    Raises:
        DataError: a line without 257 numbers, or something that is not a number.
    """
    train, test = (_esl_split(name, content) for name, content in files.items())
    return Dataset(train, test)


def _esl_split(name: str, content: bytes) -> Split:
    try:
        text = content.decode("ascii")
        if not text.strip():
            raise ValueError("there is nothing in it")
        rows = np.loadtxt(io.StringIO(text), dtype=np.float32, comments=None, ndmin=2)
    except ValueError as error:
        raise DataError(f"{name}: not lines of numbers ({first_line(error)})") from None
    if rows.shape[1] != 257:
        raise DataError(f"{name}: {rows.shape[1]} numbers a line, 257 (a label and 16 x 16 greys) are expected")
    return _split(name, np.ascontiguousarray(rows[:, 1:]).reshape(-1, 16, 16), rows[:, 0])


def _split(name: str, images: np.ndarray, labels: np.ndarray) -> Split:
    if len(images) != len(labels):
        raise DataError(f"{name}: {len(labels)} labels for {len(images)} images")
    whole = np.isin(labels, range(256))
    if not whole.all():
        raise DataError(f"{name}: a label is {labels[~whole][0]}, which is none")
    return Split(images, labels.astype(np.int32))


def check(dataset: Dataset, shape: tuple[int, ...], sizes: tuple[int, int], classes: int) -> None:
    """Checks what a description promises: shape of an image, sizes of the splits, finite values, range of the labels.

    Raises:
        DataError: naming the split and what differs.
    """
    for part, split, size in zip(("train", "test"), dataset, sizes, strict=True):
        if split.images.shape != (size, *shape):
            raise DataError(f"{part} images have the shape {split.images.shape}, {(size, *shape)} is expected")
        if not np.isfinite(split.images).all():
            raise DataError(f"{part} images hold a value that is not finite")
        low, high = int(split.labels.min()), int(split.labels.max())
        if low < 0 or high >= classes:
            raise DataError(f"{part} labels run from {low} to {high}, 0 to {classes - 1} is expected")
