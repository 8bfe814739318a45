"""A snapshot file is whole or it is refused."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_processor.scorer.snapshots.file import UnusableSnapshot, read, write

FRAMES = [b"first", b"x" * 1_000, b"last"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "snapshots" / "partition-0.snapshot"


def test_frames_come_back_as_they_were_written(path: Path) -> None:
    size = write(path, FRAMES, "scorer-0")
    assert list(read(path)) == FRAMES
    assert path.stat().st_size == size


def test_nobody_else_may_read_it(path: Path) -> None:
    write(path, FRAMES, "scorer-0")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_cut_off_anywhere_it_is_refused(path: Path) -> None:
    write(path, FRAMES, "scorer-0")
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(UnusableSnapshot):
            list(read(path))


@given(st.data())
def test_with_any_bit_changed_it_is_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("snapshots") / "a.snapshot"
    write(path, FRAMES, "scorer-0")
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    with pytest.raises(UnusableSnapshot):
        list(read(path))


def test_a_writer_that_fails_leaves_the_former_file_and_nothing_else(path: Path) -> None:
    def failing() -> Iterator[bytes]:
        yield b"some"
        raise OSError(28, os.strerror(28))

    write(path, FRAMES, "scorer-0")
    with pytest.raises(OSError, match="No space"):
        write(path, failing(), "scorer-0")
    assert list(read(path)) == FRAMES
    assert list(path.parent.iterdir()) == [path]


def test_what_a_killed_writer_left_is_overwritten_by_the_next(path: Path) -> None:
    path.parent.mkdir()
    left = path.with_name("partition-0.snapshot.scorer-0.partial")
    left.write_bytes(b"x" * 10_000)
    write(path, FRAMES, "scorer-0")
    assert list(read(path)) == FRAMES
    assert not left.exists()
