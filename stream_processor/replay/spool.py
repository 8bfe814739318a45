"""Tables set aside on disk, so that a replay holds no more of a history than it works on."""

import os
import tempfile
import weakref
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa


class Place(NamedTuple):
    """Where a table lies in the file: bytes."""

    offset: int
    length: int


class Spool:
    """A temporary file in `folder` (the system's own by default).

    It has no name: nothing of it is left, however the process ends. Nor is it compressed: that takes longer
    than to write and read it.
    """

    def __init__(self, folder: Path | None = None) -> None:
        with tempfile.TemporaryFile(dir=folder) as file:
            self._file = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._file)  # its readers are many, and none knows who is the last
        self._end = 0

    def put(self, table: pa.Table) -> Place:
        """Raises OSError where the disk is full."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        content = memoryview(sink.getvalue())
        place = Place(self._end, len(content))
        while content:
            content = content[os.write(self._file, content) :]
        self._end += place.length
        return place

    def get(self, place: Place) -> pa.Table:
        """The table again."""
        content = os.pread(self._file, place.length, place.offset)
        return pa.ipc.open_stream(content).read_all()
