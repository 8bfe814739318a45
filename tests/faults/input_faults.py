"""F25, F26, F29: poison on the request topic and for the sink only, and callers beyond every limit."""

import asyncio
import itertools
import json
import math
import time

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.kafka_ends import started
from schemas.topics import DEAD_LETTERS, PREDICTIONS, REQUESTS
from stream_processor.pipeline.admit import partition_of
from tests.faults.fault import Fault
from tests.faults.lab import PARTITIONS
from tests.faults.scene import Scene
from tests.support import requests
from tests.support.poison import Poison, poison
from tests.support.waiting import until

Place = tuple[int, int]
_SHARE = 0.05
# As old as the traffic around it: a transaction of today would make all of that late.
_AGE_SECONDS = 21 * 86_400
_turns = itertools.count()
# JSON that every reader of the log understands.
_WHAT_NO_COLUMN_HOLDS = (
    *({field: "nul\0"} for field in ("terminal_id", "transaction_id", "customer_id")),
    *({field: "10000-01-01T00:00:00Z"} for field in ("received_at", "decided_at")),
    *({"score": number} for number in (math.nan, math.inf)),
)


async def poison_in_traffic(scene: Scene) -> None:
    """Every kind, in turn, a twentieth of the traffic for 20 s. Each has a code, and no process minds."""
    starts = _starts(scene)
    codes: dict[Place, str] = {}
    over_rest = asyncio.create_task(_poison_over_rest(scene))
    making = AIOKafkaProducer(
        bootstrap_servers=scene.lab.servers.direct, acks="all", linger_ms=5, max_request_size=2_000_000
    )
    try:
        async with started(making) as producer:
            await _poison_over_kafka(scene, producer, codes)
        scene.figures["poison_over_rest"] = await over_rest
    finally:
        over_rest.cancel()
    scene.refused |= {place for place, code in codes.items() if code != "scored"}
    scene.figures["poison_sent"] = len(codes)
    scene.since = time.monotonic()
    await until(lambda: _as_expected(scene, codes), "every piece of poison has its code and its letter", 90)
    assert _starts(scene) == starts, "a process was started anew"


async def _poison_over_kafka(scene: Scene, producer: AIOKafkaProducer, codes: dict[Place, str]) -> None:
    home = partition_of(b"c-1", PARTITIONS)
    until_then, before = time.monotonic() + scene.seconds(20, 10), scene.kafka.sent
    while time.monotonic() < until_then:
        turn = next(_turns)
        for kind in poison(at=int(time.time()) - _AGE_SECONDS):
            value = kind.value and kind.value.replace(b'"odd-', f'"odd-{turn}-'.encode())
            place = await producer.send_and_wait(
                REQUESTS, value, key=kind.key, partition=home, headers=list(kind.wire)
            )
            codes[place.partition, place.offset] = kind.code
            while len(codes) > _SHARE * (scene.kafka.sent - before) and time.monotonic() < until_then:
                await scene.last(0.05)


async def _poison_over_rest(scene: Scene) -> int:
    """Every kind that a body can be, a twentieth of the calls for 20 s: refused by its caller's fault."""
    headers = {"Authorization": f"Bearer {scene.lab.key}", "Content-Type": "application/json"}
    kinds = [kind for kind in poison(at=int(time.time()) - _AGE_SECONDS) if _is_bad_over_rest(kind)]
    until_then, before, sent = time.monotonic() + scene.seconds(20, 10), scene.rest.seen.asked, 0
    async with httpx.AsyncClient(headers=headers, timeout=30) as client:
        for kind in itertools.cycle(scene.chance.sample(kinds, len(kinds))):
            while sent > _SHARE * (scene.rest.seen.asked - before):
                if time.monotonic() >= until_then:
                    return sent
                await scene.last(0.05)
            url = scene.chance.choice(scene.lab.urls)
            answer = await client.post(f"{url}/api/v1/predict", content=kind.value)
            assert answer.status_code in (400, 413, 422, 503), f"{kind.kind} over REST: {answer.status_code}"
            sent += answer.status_code != 503  # nobody has looked at the body then
    return sent


def _is_bad_over_rest(kind: Poison) -> bool:
    """Keys and headers of a record have no counterpart there; unknown fields are refused there, too."""
    if kind.value is None or kind.wire or kind.code == "key_mismatch":
        return False
    return kind.code != "scored" or not kind.kind.startswith("P07")


def _starts(scene: Scene) -> dict[str, int]:
    return {name: member.starts for name, member in scene.lab.crew.members.items()}


async def _as_expected(scene: Scene, codes: dict[Place, str]) -> bool:
    """Raises AssertionError for a wrong code; False while rows are missing."""
    connection = await asyncpg.connect(scene.lab.servers.postgres.dsn)
    try:
        places = [[place[part] for place in codes] for part in (0, 1)]
        wanted = (
            "join unnest($1::integer[], $2::bigint[]) as wanted (p, o) "
            "on source_partition = p and source_offset = o"
        )
        rows = await connection.fetch(f"select p, o, status, error_code from predictions {wanted}", *places)  # noqa: S608
        letters = await connection.fetch(
            f"select distinct p, o from dead_letters {wanted} where topic = $3",  # noqa: S608
            *places,
            DEAD_LETTERS,
        )
    finally:
        await connection.close()
    found = {(row["p"], row["o"]): row["error_code"] or row["status"] for row in rows}
    wrong = {place: (found[place], code) for place, code in codes.items() if found.get(place, code) != code}
    assert not wrong, f"other codes than expected: {wrong}"
    refused = {place for place, code in codes.items() if code != "scored"}
    return found.keys() == codes.keys() and {(row["p"], row["o"]) for row in letters} == refused


async def poison_for_the_sink(scene: Scene) -> None:
    """Results that the log takes and PostgreSQL does not: exactly those become the sink's dead letters."""
    starts, bootstrap = _starts(scene), scene.lab.servers.direct
    written: set[Place] = set()
    async with (
        started(AIOKafkaConsumer(bootstrap_servers=bootstrap)) as consumer,
        started(AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")) as producer,
    ):
        tp = TopicPartition(PREDICTIONS, scene.chance.randrange(PARTITIONS))
        consumer.assign([tp])
        for changes in _WHAT_NO_COLUMN_HOLDS * 3:
            end = (await consumer.end_offsets([tp]))[tp]
            consumer.seek(tp, max(0, end - 200))
            records = (await consumer.getmany(timeout_ms=2_000, max_records=200))[tp]
            record = next(each for each in records if json.loads(each.value)["status"] == "scored")
            value = json.dumps(json.loads(record.value) | changes).encode()
            place = await producer.send_and_wait(
                PREDICTIONS, value, key=record.key, partition=tp.partition, headers=list(record.headers)
            )
            written.add((place.partition, place.offset))
            await scene.last(0.5)
    scene.figures["bad_rows"] = len(written)
    scene.since = time.monotonic()
    await until(lambda: _refused_rows(scene, written), "the sink has a dead letter for each bad row", 60)
    assert _starts(scene) == starts, "a process was started anew"


async def _refused_rows(scene: Scene, written: set[Place]) -> bool:
    connection = await asyncpg.connect(scene.lab.servers.postgres.dsn)
    try:
        text = 'select partition, "offset" from dead_letters where topic = $1'
        rows = {(row["partition"], row["offset"]) for row in await connection.fetch(text, PREDICTIONS)}
    finally:
        await connection.close()
    new = rows - scene.lab.refused_rows
    assert new <= written, f"good rows were refused: {new - written}"
    if new == written:
        scene.lab.refused_rows |= new
    return new == written


async def beyond_the_limits(scene: Scene) -> None:
    """Bodies that never end, too large, too many headers, at every API, while others go on."""
    before = scene.watch.peak_mb["api"]
    headers = {"Authorization": f"Bearer {scene.lab.key}", "Content-Type": "application/json"}
    slow = [asyncio.create_task(_drip(url, scene.lab.key)) for url in scene.lab.urls for _ in range(50)]
    statuses: list[int] = []
    async with httpx.AsyncClient(headers=headers, timeout=30) as client:
        until_then = time.monotonic() + 8
        while time.monotonic() < until_then:
            for url in scene.lab.urls:
                body = json.dumps(requests.body()).encode()
                for content, more, status in (
                    (body.ljust(65_536), {}, {200, 202, 503}),
                    (body.ljust(66_000), {}, {413}),
                    (b" " * 10_000_000, {}, {413}),
                    (body, {f"x-{number}": "1" for number in range(1_000)}, {431}),
                ):
                    try:
                        answer = await client.post(f"{url}/api/v1/predict", content=content, headers=more)
                    except httpx.TransportError:
                        continue  # the server hangs up on a caller who is still sending
                    statuses.append(answer.status_code)
                    assert answer.status_code in status, answer.text
            await scene.last(0.2)
    endings = await asyncio.gather(*slow)
    scene.figures |= {"answers": {code: statuses.count(code) for code in sorted(set(statuses))}}
    scene.figures["slow_callers"] = {code: endings.count(code) for code in sorted(set(endings))}
    scene.figures["api_mb_more"] = round(scene.watch.peak_mb["api"] - before, 1)
    scene.since = time.monotonic()
    assert set(endings) == {"408"}, f"slow callers were told {set(endings)}"
    assert scene.watch.peak_mb["api"] < before + 100, scene.figures


async def _drip(url: str, key: str) -> str:
    """The status that a caller gets whose body never ends."""
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        head = f"POST /api/v1/predict HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\n"
        writer.write(f"{head}Content-Type: application/json\r\nContent-Length: 500\r\n\r\n".encode())
        answer = asyncio.ensure_future(reader.readline())
        while not answer.done():
            writer.write(b" ")
            await asyncio.wait([answer], timeout=0.5)
        words = answer.result().decode().split()
        return words[1] if len(words) > 1 else "nothing"
    except OSError:
        return "nothing"
    finally:
        writer.close()


FAULTS = [
    Fault("F25", "poison-in-traffic", "a twentieth of it is poison of every kind", poison_in_traffic),
    Fault(
        "F26",
        "poison-for-the-sink",
        "results are appended that PostgreSQL cannot hold",
        poison_for_the_sink,
        by="sink",
    ),
    Fault(
        "F29",
        "beyond-the-limits",
        "150 bodies never end, and others are too large or have a thousand headers",
        beyond_the_limits,
    ),
]
