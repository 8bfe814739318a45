"""Puts every client that has an API key on the list of clients, where it is not on it in any state."""

from schemas.settings import ProcessSettings
from stream_processor.client_list import read_clients, write_clients
from stream_processor.provision.connection import Connection

_WITH_KEYS = "select distinct client_id from api_keys where revoked_at is null order by client_id"


async def list_clients_with_keys(connection: Connection, settings: ProcessSettings) -> list[str]:
    """The names that were added; a client that was removed stays removed. Raises what Kafka raises."""
    listed = await read_clients(settings)
    missing = [
        row["client_id"] for row in await connection.fetch(_WITH_KEYS) if row["client_id"] not in listed
    ]
    await write_clients(settings, dict.fromkeys(missing, True))
    return missing
