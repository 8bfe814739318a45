"""The proxy's changed answers, byte by byte, as aiokafka reads them."""

import struct
from io import BytesIO
from typing import Any

import pytest
from aiokafka.protocol.commit import OffsetCommitResponse_v2, OffsetCommitResponse_v3
from aiokafka.protocol.produce import ProduceResponse_v3, ProduceResponse_v7, ProduceResponse_v8

from tests.faults.kafka_errors import OFFSET_COMMIT, PRODUCE, Frames, Orders


def frame(correlation: int, body: bytes) -> bytes:
    return struct.pack(">ii", 4 + len(body), correlation) + body


def question(api: int, version: int, correlation: int) -> bytes:
    return struct.pack(">ihhi", 8, api, version, correlation)


PARTITIONS = {
    ProduceResponse_v3: [(0, 0, 7, -1), (1, 0, 9, -1)],
    ProduceResponse_v7: [(0, 0, 7, -1, 0), (1, 0, 9, -1, 0)],
    ProduceResponse_v8: [(0, 0, 7, -1, 0, [], None), (1, 0, 9, -1, 0, [], None)],
}


@pytest.mark.parametrize("version", PARTITIONS)
def test_every_partition_of_an_answer_to_produce_gets_the_error(version: Any) -> None:  # noqa: ANN401
    topics = [("requests", PARTITIONS[version]), ("replies", PARTITIONS[version])]
    frames = Frames(Orders(PRODUCE, 6, 1))
    frames.request(question(PRODUCE, version.API_VERSION, 11))
    answer = frames.answer(frame(11, version(topics, 0).encode()))
    read = version.decode(BytesIO(answer[8:]))
    assert [part[1] for _, parts in read.topics for part in parts] == [6, 6, 6, 6]
    assert [part[2] for _, parts in read.topics for part in parts] == [7, 9, 7, 9]


def test_answers_to_commits_get_it_with_and_without_a_throttle_time() -> None:
    frames = Frames(Orders(OFFSET_COMMIT, 16, 2))
    topics = [("requests", [(0, 0), (3, 0)])]
    for correlation, answer in (
        (1, OffsetCommitResponse_v2(topics)),
        (2, OffsetCommitResponse_v3(0, topics)),
    ):
        frames.request(question(OFFSET_COMMIT, answer.API_VERSION, correlation))
        changed = frames.answer(frame(correlation, answer.encode()))
        read = type(answer).decode(BytesIO(changed[8:]))
        assert read.topics == [("requests", [(0, 16), (3, 16)])]


def test_other_answers_and_those_beyond_the_order_pass_untouched_in_whatever_pieces_they_come() -> None:
    frames = Frames(Orders(OFFSET_COMMIT, 16, 0))
    answer = frame(5, OffsetCommitResponse_v2([("requests", [(0, 0)])]).encode())
    for piece in (question(OFFSET_COMMIT, 2, 5)[:3], question(OFFSET_COMMIT, 2, 5)[3:] + question(3, 1, 6)):
        frames.request(piece)
    data = answer + frame(6, b"metadata")
    assert b"".join(frames.answer(data[place : place + 7]) for place in range(0, len(data), 7)) == data
