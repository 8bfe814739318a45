"""The record of `terminal-history`: one matured transaction, and how far its partition had come before."""

import msgspec

VERSION = 1


class Matured(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A transaction whose label is final, as a JSON array; the record's key is its terminal_id.

    `at` in seconds since 1970 UTC, `partition` and `offset` of its request; `fraud` if it was reported in
    time, `ordinary` if a lost card does not explain it. Everything of the partition that was due at
    `due_until` (seconds) and lies below request offset `below` was published before this record.
    """

    version: int
    client_id: str
    terminal_id: str
    at: int
    fraud: bool
    ordinary: bool
    partition: int
    offset: int
    due_until: int
    below: int


encoder = msgspec.json.Encoder()
decoder = msgspec.json.Decoder(Matured)
