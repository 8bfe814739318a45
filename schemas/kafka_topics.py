"""What a broker says of its topics; start checks and commands compare it with `topics`."""

from aiokafka.admin import AIOKafkaAdminClient

from schemas.kafka_clients import kafka_arguments
from schemas.kafka_ends import started
from schemas.settings import ProcessSettings


async def partition_counts(settings: ProcessSettings) -> dict[str, int]:
    """Partitions of every topic there is. Raises what aiokafka raises when no broker answers."""
    async with started(AIOKafkaAdminClient(**kafka_arguments(settings), request_timeout_ms=10_000)) as admin:
        described = await admin.describe_topics()
    return {topic["topic"]: len(topic["partitions"]) for topic in described if topic["error_code"] == 0}
