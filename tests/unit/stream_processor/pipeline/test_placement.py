"""Which partition a customer belongs to, and what happens to a record that lies elsewhere."""

import json
from dataclasses import replace

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from stream_processor.pipeline.admit import partition_of
from stream_processor.pipeline.state import PartitionState
from tests.support.actors import rules
from tests.support.records import body, codes, decided, outcome, request


@given(key=st.binary(min_size=1, max_size=200), partitions=st.integers(1, 64))
def test_the_partition_is_the_one_that_the_default_partitioner_chooses(key: bytes, partitions: int) -> None:
    numbers = list(range(partitions))
    assert partition_of(key, partitions) == DefaultPartitioner()(key, numbers, numbers)


@pytest.mark.parametrize(
    ("key", "hashed"),
    [(b"21", -973932308), (b"foobar", -790332482), (b"a-little-bit-long-string", -985981536)],
)
def test_the_hash_is_the_one_of_the_java_client(key: bytes, hashed: int) -> None:
    """Values from Apache Kafka's own UtilsTest.testMurmur2."""
    assert partition_of(key, 12) == (hashed & 0x7FFFFFFF) % 12


def test_a_record_on_another_partition_is_told_to_use_murmur2() -> None:
    home = partition_of(b"c-1", 12)
    record = replace(request(0, body(1)), partition=(home + 1) % 12)
    (result,) = decided([record], PartitionState(), rules(12))
    assert codes([result]) == ["wrong_partition"]
    assert "murmur2_random" in outcome(result)["problem"]["detail"]


def test_a_record_at_home_is_scored() -> None:
    record = replace(request(0, body(1)), partition=partition_of(b"c-1", 12))
    assert codes(decided([record], PartitionState(), rules(12))) == ["scored"]


def test_a_customer_id_beyond_ascii_is_hashed_as_utf_8() -> None:
    content = body(1, "客户-é")
    value = json.dumps(content, ensure_ascii=False).encode()
    home = partition_of("客户-é".encode(), 12)
    record = replace(request(0, content), partition=home, value=value)
    assert codes(decided([record], PartitionState(), rules(12))) == ["scored"]
