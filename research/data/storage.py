"""Where prepared data lies, and reading it: `load` and `listing`."""

import functools
import importlib.util
import json
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from research.data.catalogue import CATALOGUE, Description, describe
from research.data.dataset import DataError, Dataset, MissingData, Split, digest

VERSION = "1.0.0"
"""Version of our records; it changes when their form does."""


class Listing(NamedTuple):
    """A data set and where it is.

    Args:
        description: what it is.
        path: folder of its records; None where it is embedded or not prepared.
        ready: whether `load` can read it.
    """

    description: Description
    path: Path | None
    ready: bool


def data_folder(data_dir: str | Path | None = None) -> Path:
    """The folder of data sets: `data_dir`, else TFDS_DATA_DIR, else ~/tensorflow_datasets as TFDS itself has it."""
    return Path(data_dir or os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets").expanduser()


def record_folder(description: Description, data_dir: str | Path | None = None) -> Path:
    """Folder in which our records of a data set lie once it is prepared."""
    return data_folder(data_dir) / "research_images" / description.name / VERSION


def listing(data_dir: str | Path | None = None) -> list[Listing]:
    """Every data set of the catalogue, and whether it is prepared and where. Reads no records."""
    return [_listing(description, data_dir) for description in CATALOGUE.values()]


def _listing(description: Description, data_dir: str | Path | None) -> Listing:
    path = prepared_folder(description, data_dir)
    return Listing(description, path, ready=path is not None or not description.originals)


def load(name: str, data_dir: str | Path | None = None) -> Dataset:
    """Loads a data set into memory, verified, in the order of its source.

    Args:
        name: digits, mnist, fashion_mnist, cifar10 or zip.
        data_dir: folder of data sets; None for TFDS_DATA_DIR or TFDS's default.

    Returns:
        Dataset(train, test) of Split(images, labels).

    Raises:
        MissingData: it is not prepared; the message names the command that does it.
        DataError: no such data set, or records that are damaged.
    """
    return load_described(describe(name), data_dir)


def load_described(description: Description, data_dir: str | Path | None = None) -> Dataset:
    """Loads the data set that `description` describes; see `load`."""
    if not description.originals:
        return _verified(description, _digits(description.sizes[0]), "scikit-learn's digits")
    folder = prepared_folder(description, data_dir)
    if folder is None:
        raise MissingData(f"{description.name} is not prepared; run: {prepare_command(description)}")
    return load_folder(description, folder, stock=folder != record_folder(description, data_dir))


def load_folder(description: Description, folder: Path, stock: bool = False) -> Dataset:
    """Reads the records in `folder` and verifies them; `stock` where TFDS's own builder wrote them.

    Raises:
        DataError: records that are damaged, of other content, or stock records in another format than array_record.
    """
    from research.data import builder  # tensorflow_datasets takes a second to import

    if stock:
        _check_format(description, folder)
    try:
        return _verified(description, builder.read(description, folder, stock), str(folder))
    except DataError as error:
        raise DataError(f"{error}; prepare it again: {prepare_command(description)}") from error


def prepare_command(description: Description) -> str:
    """The command that prepares a data set."""
    source = "" if description.package else " --from FOLDER"
    return f"python -m research data prepare {description.name}{source}"


def prepared_folder(description: Description, data_dir: str | Path | None) -> Path | None:
    """Folder of a data set's records, ours or else TFDS's own; None where there are none."""
    ours = record_folder(description, data_dir)
    stock = [data_folder(data_dir) / description.stock] if description.stock else []
    return next((folder for folder in (ours, *stock) if (folder / "dataset_info.json").is_file()), None)


def _check_format(description: Description, folder: Path) -> None:
    try:
        file_format = json.loads((folder / "dataset_info.json").read_text()).get("fileFormat", "tfrecord")
    except (OSError, ValueError) as error:
        raise DataError(f"{folder / 'dataset_info.json'} cannot be read ({error})") from None
    if file_format != "array_record":
        remedy = f"run: {prepare_command(description)}, or prepare it with TFDS as file_format='array_record'"
        raise DataError(f"{folder} is in {file_format}, which only TensorFlow reads; {remedy}")


def _verified(description: Description, dataset: Dataset, where: str) -> Dataset:
    found = digest(dataset)
    if found != description.digest:
        raise DataError(f"{where} has the SHA-256 {found[:12]}, {description.digest[:12]} is expected")
    return dataset


@functools.cache
def _digits(train: int) -> Dataset:
    package = importlib.util.find_spec("sklearn")  # its file is read here: to import it takes a second and a half
    if package is None or package.origin is None:
        raise DataError("digits are embedded in scikit-learn, which is not installed; run: pip install scikit-learn")
    table = np.loadtxt(Path(package.origin).parent / "datasets/data/digits.csv.gz", np.uint8, delimiter=",")
    images, labels = table[:, :-1].reshape(-1, 8, 8), table[:, -1].astype(np.int32)
    return Dataset(Split(images[:train], labels[:train]), Split(images[train:], labels[train:]))
