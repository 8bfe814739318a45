"""A snapshot file: frames of bytes and a digest over them all. It is whole, or it is refused.

Layout: MAGIC, then for each frame its length (4 bytes, little-endian) and its bytes, then a length of zero
and the BLAKE2b digest of everything before.
"""

import hashlib
import mmap
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from struct import Struct

from schemas.crash_points import crash_point

MAGIC = b"flowserve snapshot 1\n"
_LENGTH = Struct("<I")
_DIGEST_BYTES = 16
_HASHED_AT_ONCE = 1 << 24


class UnusableSnapshot(Exception):
    """It is damaged, or not of this log or this version: the log is used in its place."""


def write(path: Path, frames: Iterable[bytes], writer: str) -> int:
    """Writes all frames or nothing, and returns the size in bytes. Raises OSError.

    A reader sees the former file until the new one is whole and on disk. No two processes share a `writer`.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{writer}.partial")
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    try:
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            for piece in _pieces(frames):
                digest.update(piece)
                file.write(piece)
                crash_point("proc.mid_snapshot")
            file.write(digest.digest())
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return size


def _pieces(frames: Iterable[bytes]) -> Iterator[bytes]:
    yield MAGIC
    for frame in frames:
        yield _LENGTH.pack(len(frame))
        yield frame
    yield _LENGTH.pack(0)


def read(path: Path) -> Iterator[bytes]:
    """The frames, once the digest of the whole file was found right. Raises UnusableSnapshot, OSError."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size < len(MAGIC) + _LENGTH.size + _DIGEST_BYTES:
            raise UnusableSnapshot("it is cut off")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            _check(content)
            place = len(MAGIC)
            while length := _LENGTH.unpack_from(content, place)[0]:
                place += _LENGTH.size
                yield content[place : place + length]
                place += length


def _check(content: mmap.mmap) -> None:
    if content[: len(MAGIC)] != MAGIC:
        raise UnusableSnapshot("it is no snapshot of this version")
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    end = len(content) - _DIGEST_BYTES
    for first in range(0, end, _HASHED_AT_ONCE):
        digest.update(content[first : min(first + _HASHED_AT_ONCE, end)])
    if content[end:] != digest.digest():
        raise UnusableSnapshot("it is damaged: its digest does not fit")
