"""`research_images`: one TFDS builder for every data set of images, written and read without TensorFlow.

Only this module imports `tensorflow_datasets`, which is slow; it is imported when something is written or read.
"""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from research.data.catalogue import CATALOGUE, Description
from research.data.dataset import DataError, Dataset, Split, first_line
from research.data.storage import VERSION

_CHUNK = 4096  # records read at once


class ImagesConfig(tfds.core.BuilderConfig):
    """A data set of images, by its description."""

    def __init__(self, images: Description) -> None:
        """Takes name and title from the description."""
        super().__init__(name=images.name, description=images.title)
        self.images = images


class ResearchImages(tfds.core.GeneratorBasedBuilder):
    """The data sets of the catalogue that are made of files; records lie on disk in the order of the source."""

    VERSION = tfds.core.Version(VERSION)
    BUILDER_CONFIGS = [ImagesConfig(images) for images in CATALOGUE.values() if images.originals]  # noqa: RUF012

    def __init__(
        self, *, dataset: Dataset | None = None, written: Callable[[int], None] = lambda _: None, **kwargs: Any
    ) -> None:
        """Builds from arrays.

        Args:
            dataset: what to write; None to read.
            written: is told how many examples have been written.
            kwargs: those of every TFDS builder.
        """
        self._dataset = dataset
        self._written = written
        super().__init__(**kwargs)

    def _info(self) -> tfds.core.DatasetInfo:
        images: Description = self.builder_config.images  # type: ignore[union-attr]
        features = {
            "image": tfds.features.Tensor(shape=images.shape, dtype=np.dtype(images.dtype), encoding="bytes"),
            "label": tfds.features.ClassLabel(names=list(images.classes)),
        }
        return tfds.core.DatasetInfo(
            builder=self,
            description=f"{images.title}. {images.split}",
            features=tfds.features.FeaturesDict(features),
            supervised_keys=("image", "label"),
            disable_shuffling=True,  # the source's order: LeCun et al. 1989 saw the digits in it
        )

    def _split_generators(self, dl_manager: Any) -> dict[str, Iterator[tuple[int, dict[str, Any]]]]:
        if self._dataset is None:
            raise DataError(f"{self.info.full_name} is prepared by the command: python -m research data prepare NAME")
        train, test = self._dataset
        return {"train": self._generate_examples(train, 0), "test": self._generate_examples(test, len(train.labels))}

    def _generate_examples(self, split: Split, before: int) -> Iterator[tuple[int, dict[str, Any]]]:
        for index, (image, label) in enumerate(zip(split.images, split.labels.tolist(), strict=True)):
            if index % 1000 == 0:
                self._written(before + index)
            yield index, {"image": image, "label": label}

    def _log_download_bytes(self) -> None:
        """Says nothing: the command says what it does."""

    def _log_download_done(self) -> None:
        """Says nothing."""


def write(description: Description, dataset: Dataset, data_dir: Path, written: Callable[[int], None]) -> Path:
    """Writes arrays as TFDS records in array_record.

    Args:
        description: what the arrays are.
        dataset: the arrays.
        data_dir: a folder for data sets; the records go to research_images/NAME/VERSION in it.
        written: is told how many examples have been written.

    Returns:
        The folder of the records.
    """
    tfds.disable_progress_bar()
    config = ResearchImages.builder_configs.get(description.name) or ImagesConfig(description)
    builder = ResearchImages(
        dataset=dataset, written=written, config=config, data_dir=str(data_dir), file_format="array_record"
    )
    builder.download_and_prepare(download_config=tfds.download.DownloadConfig(try_download_gcs=False))
    return Path(builder.data_path)


def stock_url(name: str) -> str:
    """An address from which TFDS's own builder `name` downloads."""
    return next(iter(tfds.builder_cls(name).url_infos or {}), "")


def prepare_stock(name: str, data_dir: Path) -> Path:
    """Prepares TFDS's own data set in array_record, by TensorFlow and a network; returns the folder of its records."""
    try:
        builder = tfds.builder(name, data_dir=str(data_dir), file_format="array_record")
        builder.download_and_prepare()
    except Exception as error:  # whatever its download, TensorFlow and the disk raise
        raise DataError(f"TFDS could not prepare {name} ({first_line(error)})") from error
    return Path(builder.data_path)


def read(description: Description, folder: Path, stock: bool = False) -> Dataset:
    """Reads the arrays back, in the order of the source.

    Args:
        description: what to expect.
        folder: folder of the records, with dataset_info.json.
        stock: whether TFDS's own builder wrote them; it sorts examples by a hash of their number, which is undone.

    Raises:
        DataError: records that cannot be read, or too few of them.
    """
    try:
        builder = tfds.builder_from_directory(str(folder))
        return Dataset(*(_read_split(description, builder, part, stock) for part in ("train", "test")))
    except Exception as error:  # whatever TFDS and array_record raise on damaged files
        raise DataError(f"{folder} cannot be read ({first_line(error)})") from error


def _read_split(description: Description, builder: tfds.core.DatasetBuilder, part: str, stock: bool) -> Split:
    source = builder.as_data_source(part)  # pyright: ignore[reportCallIssue]
    size = description.sizes[part == "test"]
    if len(source) != size:
        raise ValueError(f"{part} has {len(source)} examples, {size} are expected")
    images = np.empty((size, *description.shape), description.dtype)
    labels = np.empty(size, np.int32)
    places = stock_order(part, size) if stock else np.arange(size)
    for start in range(0, size, _CHUNK):
        chunk = places[start : start + _CHUNK]
        for place, example in zip(chunk, source.__getitems__(range(start, start + len(chunk))), strict=True):
            images[place] = example["image"].reshape(description.shape)
            labels[place] = example["label"]
    return Split(images, labels)


def stock_order(part: str, size: int) -> np.ndarray:
    """Number in the source of each record of a stock TFDS split.

    Records are sorted by the MD5 of the split's name and the example's number in decimal. TFDS promises to keep that
    (tensorflow_datasets/core/hashing.py), since slices of data sets depend on it.
    """
    return np.array(sorted(range(size), key=lambda index: hashlib.md5(f"{part}{index}".encode()).digest()))
