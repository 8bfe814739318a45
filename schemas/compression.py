"""LZ4 at its quick level for what we produce; readers see no difference.

aiokafka compresses at level 9, which is LZ4's slow search, and offers no other. A batch of 500 results
(576 kB) took 5.5 ms on the event loop and shrank to 119 kB; at level 1 it takes 0.5 ms and shrinks to 144 kB.
"""

import cramjam
from aiokafka.record._crecords import default_records

_LEVEL = 1


def _encode(payload: bytes) -> bytes:
    # Kafka knows no linked blocks (KIP-57).
    compressor = cramjam.lz4.Compressor(level=_LEVEL, content_checksum=False, block_linked=False)
    compressor.compress(payload)
    return bytes(compressor.finish())


def quick_lz4() -> str:
    """The `compression_type` for aiokafka; from here on every producer of the process compresses quickly."""
    default_records.lz4_encode = _encode
    return "lz4"
