"""Records as no Python client would write them, though others can."""

from aiokafka import AIOKafkaProducer
from aiokafka.record.util import calc_crc32c

_CHECKSUM = slice(17, 21)  # of everything after it: record batch format, version 2
_STAND_IN = b"@@"


async def send_with_header_name(
    bootstrap: str, topic: str, partition: int, key: bytes, value: bytes, name: bytes
) -> int:
    """Sends one record whose only header has this name of two bytes, UTF-8 or not; returns its offset."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=False)
    await producer.start()
    try:
        batch = producer.create_batch()
        batch.append(key=key, value=value, timestamp=None, headers=[(_STAND_IN.decode(), b"x")])
        built = bytearray(batch._build())
        at = built.index(_STAND_IN)
        built[at : at + len(_STAND_IN)] = name
        built[_CHECKSUM] = calc_crc32c(bytes(built[_CHECKSUM.stop :])).to_bytes(4, "big")
        batch._buffer = built
        sent = await producer.send_batch(batch, topic, partition=partition)
        offset: int = (await sent).offset
        return offset
    finally:
        await producer.stop()
