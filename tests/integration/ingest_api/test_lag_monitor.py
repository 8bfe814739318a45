"""The lag is looked at again and again, whatever the records are that wait."""

import re

from schemas.topics import REQUESTS
from tests.integration.ingest_api.lab import Lab
from tests.support.raw_batches import send_with_header_name
from tests.support.waiting import until

_LAG = re.compile(r"^flowserve_api_lag_(records|seconds) ([\d.]+)$", re.MULTILINE)


async def test_a_record_with_a_header_name_that_is_not_utf_8_waits_like_any_other(lab: Lab) -> None:
    api = lab.api()
    await send_with_header_name(lab.kafka.bootstrap, REQUESTS, 0, b"c-1", b"{}", b"\xff\xfe")

    # From the first second on the waiting record itself is read at each look, twice a second.
    async def has_waited_for_three_seconds() -> bool:
        assert api.process.poll() is None, api.log.read_text()[-3_000:]
        if not await api.readiness():
            return False  # it does not listen yet
        async with api.client() as client:
            lag = dict(_LAG.findall((await client.get("/metrics")).text))
        return float(lag.get("records", 0)) == 1 and float(lag.get("seconds", 0)) >= 3

    await until(has_waited_for_three_seconds, "one record, three seconds old")
