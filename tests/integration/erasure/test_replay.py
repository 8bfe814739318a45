"""A replay of the request topic leaves out what stands before an erasure of its customer."""

from datetime import UTC, datetime

from schemas.erasure import encode_erasure
from schemas.feedback import Feedback, canonical_feedback
from schemas.settings import ProcessSettings
from schemas.topics import FEEDBACK, REQUESTS
from schemas.transaction import Transaction, canonical
from stream_processor.log_readers import open_reader
from stream_processor.provision.connection import Connection
from stream_processor.replay.from_requests import read_requests
from stream_processor.replay.history import History
from tests.integration.erasure.conftest import PARTITIONS
from tests.support import logs
from tests.support.containers import Broker


async def send(broker: Broker, customer: str, number: int, client: str = "default") -> None:
    """A request, and a report about it."""
    transaction = Transaction(f"tx-{number}", customer, "t-1", 1_000, "EUR", datetime.now(UTC))
    report = canonical_feedback(Feedback(f"tx-{number}", customer, is_fraud=True))
    wire = [("client_id", client.encode())]
    key = customer.encode()
    await logs.produce(broker.bootstrap, REQUESTS, [(key, canonical(transaction), wire)])
    await logs.produce(broker.bootstrap, FEEDBACK, [(key, report, wire)])


async def read(broker: Broker, client: str = "default") -> History:
    async with open_reader(ProcessSettings(kafka_bootstrap=broker.bootstrap)) as reader:
        return await read_requests(reader, client, PARTITIONS, {"EUR": 1.0}, None)


def customers(history: History) -> list[str]:
    return sorted(history.table["customer_id"])


async def test_an_erased_customer_does_not_come_back_by_a_replay(broker: Broker, tables: Connection) -> None:
    for number, customer in enumerate(["c-1", "c-2", "c-1"]):
        await send(broker, customer, number)
    await send(broker, "c-1", 9, "acme")
    whole = await read(broker)
    assert (customers(whole), whole.notes) == (["c-1", "c-1", "c-2"], ())

    await logs.produce(broker.bootstrap, FEEDBACK, [encode_erasure("c-1", "default")])
    rest = await read(broker)
    assert customers(rest) == ["c-2"]
    assert rest.notes == ("2 requests of customers who were erased are left out",)
    assert rest.fingerprint != whole.fingerprint
    assert customers(await read(broker, "acme")) == ["c-1"]

    await send(broker, "c-1", 10)
    assert customers(await read(broker)) == ["c-1", "c-2"]
