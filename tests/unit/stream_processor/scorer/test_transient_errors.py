"""What a scorer tries again, and what ends it."""

import pytest
from aiokafka.errors import (
    InvalidTopicError,
    KafkaConnectionError,
    KafkaTimeoutError,
    NotLeaderForPartitionError,
    OutOfOrderSequenceNumber,
    ProducerClosed,
    TopicAuthorizationFailedError,
)

from stream_processor.scorer.kafka_log import is_transient


@pytest.mark.parametrize(
    "error",
    [
        KafkaConnectionError(),
        KafkaTimeoutError(),
        NotLeaderForPartitionError(),
        OutOfOrderSequenceNumber(),
        ProducerClosed(),  # by another actor of the process, whose own send had failed
        TimeoutError(),
    ],
)
def test_what_a_fresh_producer_may_help_is_tried_again(error: Exception) -> None:
    assert is_transient(error)


@pytest.mark.parametrize("error", [InvalidTopicError(), TopicAuthorizationFailedError(), ValueError()])
def test_what_will_not_pass_ends_the_process(error: Exception) -> None:
    assert not is_transient(error)
