"""Reads a request's body with a bound on its size and on its time, whatever its headers claim."""

import asyncio

from starlette.types import Receive, Scope

from ingest_api.call import header
from schemas.problems import Refusal


def check_body_headers(scope: Scope, limit: int) -> None:
    """Refuses by the headers alone what need not be read. Raises Refusal."""
    media_type = (header(scope, b"content-type") or "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Refusal("unsupported_media_type", "Send Content-Type: application/json.")
    if (header(scope, b"content-encoding") or "identity").lower() != "identity":
        raise Refusal("unsupported_media_type", "Send the body without a Content-Encoding.")
    length = header(scope, b"content-length")
    if length is not None and length.isascii() and length.isdigit() and int(length[:20]) > limit:
        raise Refusal("too_large", f"Send at most {limit} bytes.")


async def read_body(receive: Receive, limit: int, seconds: float) -> bytes:
    """The whole body. Raises Refusal: too_large, or request_timeout where it or its caller stalls."""
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Refusal("request_timeout", "The connection ended before the body did.")
                chunk = message.get("body", b"")
                size += len(chunk)
                if size > limit:
                    raise Refusal("too_large", f"Send at most {limit} bytes.")
                chunks.append(chunk)
                if not message.get("more_body", False):
                    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
    except TimeoutError:
        raise Refusal("request_timeout", f"Send the body within {seconds:g} seconds.") from None
