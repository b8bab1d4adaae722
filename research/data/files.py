"""Original files: found in a folder or an archive, read member by member, and verified by SHA-256 of their content."""

import contextlib
import gzip
import hashlib
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from research.data.catalogue import Description, Original
from research.data.dataset import DataError
from research.data.workplace import Progress

_ARCHIVES = (".tar.gz", ".tgz", ".tar")
_LIMIT = 2**28  # bytes read of one file: more than any original has, and an end to a file that unpacks without end


def collect(description: Description, source: Path, progress: Progress) -> dict[str, bytes]:
    """Reads the original files of a data set from a folder or an archive and verifies them.

    Files are known by name, with or without .gz, `train-images.idx3-ubyte` as well as `train-images-idx3-ubyte`.
    Archives in the folder are looked into where a file is missing. Nothing is unpacked to disk, nothing is unpickled.

    Args:
        description: which files.
        source: the folder or the archive.
        progress: is told each file that has been read.

    Returns:
        Content, decompressed, by name, in the description's order.

    Raises:
        DataError: no such folder; a file that is missing, truncated, swapped with another, or of other content.
    """
    contents: dict[str, bytes] = {}
    wanted = [names for names in ({file.name for file in description.originals}, set(description.copies)) if names]
    for path, read in _members(source):
        name = path.name.removesuffix(".gz").replace(".idx", "-idx")
        group = next((names for names in wanted if name in names), None)
        if group and name not in contents:
            contents[name] = read()
            progress(f"reading {name}", len(group & contents.keys()), len(group))
        if any(names <= contents.keys() for names in wanted):
            break
    return _verified(description, contents, source)


def _verified(description: Description, contents: dict[str, bytes], source: Path) -> dict[str, bytes]:
    if description.rebuild and set(description.copies) <= contents.keys():
        contents = description.rebuild(contents)
    missing = [original.name for original in description.originals if original.name not in contents]
    if missing:
        others = f" (nor all of {', '.join(description.copies)})" if description.copies else ""
        raise DataError(f"{source} lacks {', '.join(missing)}{others}, of which {description.name} is made")
    for original in description.originals:
        verify(original, contents[original.name], description.originals)
    return {original.name: contents[original.name] for original in description.originals}


def verify(original: Original, content: bytes, originals: tuple[Original, ...] = ()) -> None:
    """Verifies the content of a file by SHA-256.

    Args:
        original: what it must be.
        content: what it is, decompressed.
        originals: the files with which it may have been swapped.

    Raises:
        DataError: naming the file and whether it was swapped, has another size or other content.
    """
    found = hashlib.sha256(content).hexdigest()
    if found == original.sha256:
        return
    other = next((other.name for other in originals if other.sha256 == found), None)
    if other:
        raise DataError(f"{original.name} holds the content of {other}: the files are swapped")
    if len(content) != original.size:
        short = "truncated, or another file" if len(content) < original.size else "another file"
        raise DataError(f"{original.name} has {len(content)} bytes, {original.size} are expected: {short}")
    raise DataError(
        f"{original.name} has the SHA-256 {found[:12]}, {original.sha256[:12]} is expected: altered content"
    )


def _members(source: Path) -> Iterator[tuple[Path, Callable[[], bytes]]]:
    """The files of a folder, then those of the archives in it, each with a function that reads it decompressed."""
    if source.is_file():
        yield from _archive_members(source)
        return
    if not source.is_dir():
        raise DataError(f"{source} is neither a folder nor an archive")
    paths = sorted(path for path in source.iterdir() if path.is_file())
    for path in paths:
        yield path, lambda path=path: _read_path(path)
    for path in paths:
        if path.name.endswith(_ARCHIVES):
            yield from _archive_members(path)


def _archive_members(path: Path) -> Iterator[tuple[Path, Callable[[], bytes]]]:
    with _whole(path), tarfile.open(path) as archive:
        for member in archive:
            if member.isfile():
                yield Path(member.name), lambda member=member: _read_member(path, archive, member)


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path} is not a whole tar archive") from error


def _read_path(path: Path) -> bytes:
    try:
        return _decompressed(path.name, path.read_bytes())
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error})") from None


def _read_member(path: Path, archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    with _whole(path):
        file = archive.extractfile(member)
        content = file.read(_LIMIT) if file else b""
    return _decompressed(member.name, content)


def _decompressed(name: str, content: bytes) -> bytes:
    if not name.endswith(".gz"):
        return content
    unzip = zlib.decompressobj(wbits=31)
    try:
        plain = unzip.decompress(content, _LIMIT)
    except zlib.error as error:
        raise DataError(f"{name} is not a gzip file ({error})") from None
    if not unzip.eof:
        raise DataError(f"{name} is truncated: its gzip stream does not end")
    return plain
