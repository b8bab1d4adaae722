"""Damages of a file: bytes flipped, cut, swapped and added, headers that lie about sizes, bombs."""

import functools
import struct
import zlib

from originals import Change


def flip(place: int, mask: int) -> Change:
    def change(content: bytes) -> bytes:
        at = place % max(1, len(content))
        return content[:at] + bytes([content[at] ^ mask]) + content[at + 1 :] if content else content

    return change


def cut(place: int) -> Change:
    return lambda content: content[: place % max(1, len(content))]


def extend(more: bytes) -> Change:
    return lambda content: content + more


def overwrite(place: int, new: bytes) -> Change:
    def change(content: bytes) -> bytes:
        at = place % max(1, len(content))
        return (content[:at] + new + content[at + len(new) :])[: max(len(content), at + len(new))]

    return change


def drop(place: int, size: int) -> Change:
    def change(content: bytes) -> bytes:
        at = place % max(1, len(content))
        return content[:at] + content[at + size :]

    return change


def idx_header(sizes: list[int]) -> Change:
    """Other sizes in the header, for as many as the file has."""
    return lambda content: (
        content[:4] + struct.pack(f">{content[3]}I", *sizes[: content[3]]) + content[4 + 4 * content[3] :]
    )


def png_header(width: int, height: int, depth: int, color: int) -> Change:
    """Another width, height, depth and colour, under a right checksum."""

    def change(content: bytes) -> bytes:
        chunk = b"IHDR" + struct.pack(">IIBB", width, height, depth, color) + content[26:29]
        return content[:12] + chunk + struct.pack(">I", zlib.crc32(chunk)) + content[33:]

    return change


def png_bomb(height: int) -> Change:
    """As many rows of black pixels, which take next to nothing packed."""

    def change(content: bytes) -> bytes:
        pixels = b"IDAT" + _zeros(height * (1 + 3 * 1024))
        ihdr = png_header(1024, height, 8, 2)(content)[:33]
        end = content[-12:]
        return ihdr + struct.pack(">I", len(pixels) - 4) + pixels + struct.pack(">I", zlib.crc32(pixels)) + end

    return change


def png_text(size: int) -> Change:
    """A compressed text of `size` bytes, which a reader may unpack, before the pixels."""

    def change(content: bytes) -> bytes:
        chunk = b"zTXt" + b"a\0\0" + _zeros(size)
        return (
            content[:33]
            + struct.pack(">I", len(chunk) - 4)
            + chunk
            + struct.pack(">I", zlib.crc32(chunk))
            + content[33:]
        )

    return change


@functools.cache
def _zeros(size: int) -> bytes:
    packer = zlib.compressobj(1)
    return b"".join(packer.compress(bytes(min(2**20, size - at))) for at in range(0, size, 2**20)) + packer.flush()


def longer(lines: int) -> Change:
    return lambda content: content + content[: max(1, content.find(b"\n") + 1)] * lines


def gzip_length(length: int) -> Change:
    """Another length at the end of a gzip stream."""
    return lambda content: content[:-4] + struct.pack("<I", length)


def gzip_bomb(size: int) -> Change:
    """A gzip stream of `size` zeros instead."""
    return lambda _content: _bomb(size)


@functools.cache
def _bomb(size: int) -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(2**20)) for _ in range(size // 2**20)) + packer.flush()


def tar_header(place: int, field: tuple[int, int], new: bytes) -> Change:
    """Another field in the header of a member, under a right checksum: a size of gigabytes, a type, a link."""

    def change(content: bytes) -> bytes:
        heads = [at for at in range(0, len(content) - 511, 512) if content[at + 257 : at + 262] == b"ustar"]
        if not heads:
            return content
        at = heads[place % len(heads)]
        head = bytearray(content[at : at + 512])
        head[field[0] : field[0] + field[1]] = new[: field[1]].ljust(field[1], b"\0")
        head[148:156] = b" " * 8
        head[148:156] = b"%06o\0 " % sum(head)
        return content[:at] + bytes(head) + content[at + 512 :]

    return change
