"""Where scorer and sink show their metrics: a small listener, on the loopback unless told otherwise."""

import logging

from prometheus_client import start_http_server

from schemas.counters import Counters

log = logging.getLogger(__name__)


def expose(counters: Counters, host: str, port: int | None) -> None:
    """Serves the numbers from a thread of its own, so that they can be read while decisions are made.

    It shows them at every path and takes no input. Raises OSError, with advice, where the port is taken.
    """
    if port is None:
        return
    try:
        start_http_server(port, host, registry=counters.registry)
    except OSError as error:
        advice = f"metrics cannot be shown on {host}:{port} ({error.strerror}): choose another port"
        raise OSError(advice) from None
    log.info("metrics are shown", extra={"host": host, "port": port})
