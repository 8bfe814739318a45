"""What a broker says of its topics; provisioning and every start check compare it with `topics`."""

from aiokafka.admin import AIOKafkaAdminClient


async def partition_counts(bootstrap: str) -> dict[str, int]:
    """Partitions of every topic there is. Raises what aiokafka raises when no broker answers."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=10_000)
    await admin.start()
    try:
        described = await admin.describe_topics()
    finally:
        await admin.close()
    return {topic["topic"]: len(topic["partitions"]) for topic in described if topic["error_code"] == 0}
