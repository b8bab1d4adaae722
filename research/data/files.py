"""Original files: found in a folder or an archive, read member by member, and verified by SHA-256 of their content."""

import contextlib
import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from research.data.catalogue import Description, Original
from research.data.dataset import DataError, first_line
from research.data.workplace import Progress

_ARCHIVES = (".tar.gz", ".tgz", ".tar")
_COPY = 2**26  # bytes read of a file that stands in for originals, whose size is not known: more than any has
_HEADER = 2**16  # bytes by which a gzip file may be longer than what it holds: its header, with a name and a comment
_MEMBERS = 10_000  # files looked at in an archive: more than any has


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
    limits = dict.fromkeys(description.copies, _COPY) | {file.name: file.size + 1 for file in description.originals}
    wanted = [names for names in ({file.name for file in description.originals}, set(description.copies)) if names]
    for path, read in _members(source):
        name = path.name.removesuffix(".gz").replace(".idx", "-idx")
        group = next((names for names in wanted if name in names), None)
        if group and name not in contents:
            contents[name] = read(limits[name])
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
        short, more = ("truncated, or ", "") if len(content) < original.size else ("", " or more")
        raise DataError(
            f"{original.name} has {len(content)} bytes{more}, {original.size} are expected: {short}another file"
        )
    raise DataError(
        f"{original.name} has the SHA-256 {found[:12]}, {original.sha256[:12]} is expected: altered content"
    )


def _members(source: Path) -> Iterator[tuple[Path, Callable[[int], bytes]]]:
    """The files of a folder, then those of the archives in it, each with a function that reads so many bytes of it."""
    if source.is_file():
        yield from _archive_members(source)
        return
    if not source.is_dir():
        raise DataError(f"{source} is neither a folder nor an archive")
    with _readable(source):
        paths = sorted(path for path in source.iterdir() if path.is_file())
    for path in paths:
        yield path, lambda limit, path=path: _read_path(path, limit)
    for path in paths:
        if path.name.endswith(_ARCHIVES):
            yield from _archive_members(path)


def _archive_members(path: Path) -> Iterator[tuple[Path, Callable[[int], bytes]]]:
    with contextlib.ExitStack() as stack:
        archive = _opened(path, stack)
        for _ in range(_MEMBERS):
            with _readable(path):
                member = archive.next()
            if member is None:
                return
            if member.isfile():
                yield Path(member.name), lambda limit, member=member: _read_member(path, archive, member, limit)
        raise DataError(f"{path} holds more than {_MEMBERS} members: another archive")


class _Bounded(io.BufferedReader):
    """A file of which nobody reads gigabytes at once because a header announces them."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or not 0 <= size <= _COPY:
            raise tarfile.ReadError(f"a header announces {size} bytes")
        return super().read(size)


def _opened(path: Path, stack: contextlib.ExitStack) -> tarfile.TarFile:
    with _readable(path):
        file = stack.enter_context(path.open("rb"))
        zipped = file.peek(2)[:2] == b"\x1f\x8b"
        plain = stack.enter_context(gzip.GzipFile(fileobj=file)) if zipped else file
        return stack.enter_context(tarfile.open(fileobj=_Bounded(plain), mode="r:"))  # type: ignore[arg-type]


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turns what goes wrong in reading a file into a DataError that names it."""
    try:
        yield
    except gzip.BadGzipFile as error:
        raise DataError(f"{path} is not a whole tar archive ({first_line(error)})") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error})") from None
    except (tarfile.TarError, EOFError, zlib.error, ValueError, OverflowError) as error:
        raise DataError(f"{path} is not a whole tar archive ({first_line(error)})") from error


def _read_path(path: Path, limit: int) -> bytes:
    with _readable(path), path.open("rb") as file:
        content = file.read(limit + _HEADER)
    return _decompressed(path.name, content, limit)


def _read_member(path: Path, archive: tarfile.TarFile, member: tarfile.TarInfo, limit: int) -> bytes:
    with _readable(path):
        file = archive.extractfile(member)
        content = file.read(limit + _HEADER) if file else b""
    return _decompressed(member.name, content, limit)


def _decompressed(name: str, content: bytes, limit: int) -> bytes:
    """At most `limit` bytes of a file: as it stands, or of what its gzip stream unpacks to."""
    if not name.endswith(".gz"):
        return content[:limit]
    unzip = zlib.decompressobj(wbits=31)
    try:
        plain = unzip.decompress(content, limit)
    except zlib.error as error:
        raise DataError(f"{name} is not a gzip file ({error})") from None
    if not unzip.eof and len(plain) < limit:
        raise DataError(f"{name} is truncated: its gzip stream does not end")
    return plain
