"""Four small data sets in the four formats, and what their files come wrapped in."""

import dataclasses
import functools
import gzip
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import neighbours  # noqa: F401
import numpy as np
import tiny
from PIL import Image

from research.data import Dataset, Description, clients, digest, formats

Files = dict[str, bytes]
Change = Callable[[bytes], bytes]


def idx_files() -> Files:
    return tiny.contents(tiny.dataset())


def _rows(size: int, seed: int) -> np.ndarray:
    rows = np.random.default_rng(seed).integers(0, 256, (size, 3073), dtype=np.uint8)
    rows[:, 0] %= 10
    return rows


def cifar_files() -> Files:
    return {"data_batch_1.bin": _rows(4, 0).tobytes(), "test_batch.bin": _rows(3, 1).tobytes()}


def png_files() -> Files:
    files = {}
    for part, name, rows in (("train", "data_batch_1", _rows(4, 0)), ("test", "test_batch", _rows(3, 1))):
        pixels, file = rows[:, 1:].reshape(-1, 3, 1024).transpose(0, 2, 1), io.BytesIO()
        Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG")
        files |= {f"{name}.png": file.getvalue(), f"{part}_lables.json": json.dumps(rows[:, 0].tolist()).encode()}
    return files


def text_files() -> Files:
    rng = np.random.default_rng(0)
    rows = {"zip.train": rng.uniform(-1, 1, (4, 256)), "zip.test": rng.uniform(-1, 1, (2, 256))}
    lines = {
        name: [f"{i}.0000 " + " ".join(f"{x:.4f}" for x in row) for i, row in enumerate(x)] for name, x in rows.items()
    }
    return {name: ("\n".join(text) + "\n").encode() for name, text in lines.items()}


FORMATS: dict[str, tuple[Callable[[], Files], Any, dict[str, Any]]] = {
    "idx": (idx_files, formats.idx, {"shape": (3, 2), "sizes": (7, 5)}),
    "cifar": (cifar_files, formats.cifar_binary, {"shape": (32, 32, 3), "sizes": (4, 3)}),
    "png": (png_files, formats.cifar_binary, {"shape": (32, 32, 3), "sizes": (4, 3)}),
    "text": (text_files, formats.esl_text, {"shape": (16, 16), "sizes": (4, 2), "dtype": "float32"}),
}


@functools.cache
def right(form: str) -> tuple[Files, Dataset]:
    """The files of a format, and the data that they hold."""
    make, parse, _ = FORMATS[form]
    files = make()
    return files, parse(formats.cifar_binary_from_png(files) if form == "png" else files)


def described(form: str, files: Files) -> Description:
    """A data set that is made of `files`: their digests are right, whatever is in them; that of the arrays is not."""
    originals = formats.cifar_binary_from_png(right("png")[0]) if form == "png" else files
    copies = {"copies": tuple(files), "rebuild": formats.cifar_binary_from_png} if form == "png" else {}
    _, parse, sizes = FORMATS[form]
    made = tiny.with_digests_of(originals)
    return dataclasses.replace(made, parse=parse, digest=digest(right(form)[1]), **sizes, **copies)


def source(folder: Path, files: Files, wrap: str, change: Change = bytes) -> Path | str:
    """Writes the files as a source gives them; `change` damages the wrap: one gzip file, the archive, the package."""
    if wrap in ("plain", "gz"):
        tiny.write(folder, files, zipped=wrap == "gz")
        if wrap == "gz":
            first = folder / f"{next(iter(files))}.gz"
            first.write_bytes(change(first.read_bytes()))
        return folder
    folder.mkdir(parents=True)
    if wrap == "deb":
        (folder / "tiny_1_all.deb").write_bytes(change(_deb(files)))
        return folder / "tiny_1_all.deb"
    path = folder / ("files.tar" if wrap == "tar" else "files.tgz")
    archive = _tar(files)
    path.write_bytes(change(archive) if wrap == "tar" else change(gzip.compress(archive, 1)))
    return path


def _tar(files: Files) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def _deb(files: Files) -> bytes:
    """A Debian package: an ar archive of debian-binary, control.tar and data.tar."""
    control = b"Package: tiny\nVersion: 1\nArchitecture: all\nMaintainer: none\nDescription: tiny\n"
    members = {"debian-binary": b"2.0\n", "control.tar": _tar({"control": control}), "data.tar": _tar(files)}
    packed = (
        f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode()
        + content
        + b"\n" * (len(content) % 2)
        for name, content in members.items()
    )
    return b"!<arch>\n" + b"".join(packed)


def unpacked(package: Path | str) -> Path:
    """What the command does with a package that apt-get has brought."""
    archive = Path(package).with_name("package.tar")
    command = ["dpkg-deb", "--fsys-tarfile", str(package)]
    clients._run(command, archive.parent, lambda _size: None, clients.PATIENCE, archive)
    return archive
