"""The API: alive, ready, and whether our own key is taken."""

import httpx

from cli.doctor.check import Check, State
from cli.settings import ConsoleSettings

REACH = "is it running (`flowserve up`, `docker compose ps`)? Is FLOWSERVE_API_URL (or _HOST, _PORT) right?"
_TODO = {
    "kafka_producer": "see the check of Kafka",
    "replies": "see the check of Kafka; FLOWSERVE_REPLY_PARTITIONS must be that of the topic",
    "keys": "see the check of PostgreSQL",
    "database": "see the check of PostgreSQL; decisions go on without it",
    "scorer_lag": "see the check of the scorers",
}


async def look_at_api(settings: ConsoleSettings) -> list[Check]:
    """Raises httpx's errors where nobody listens."""
    async with httpx.AsyncClient(base_url=settings.url, timeout=5) as client:
        live = await client.get("/health/live")
        state: State = "ok" if live.is_success else "bad"
        checks = [Check("api", state, f"{settings.url} answers {live.status_code}")]
        ready = (await client.get("/health/ready")).json()
        checks += readiness_checks(ready)
        checks.append(await _key(client, settings))
    return checks


def readiness_checks(ready: dict[str, object]) -> list[Check]:
    """What the API says of its parts."""
    parts = ready.get("parts")
    bad = {name: part for name, part in (parts if isinstance(parts, dict) else {}).items() if not part["ok"]}
    if not bad:
        return [Check("api ready", "ok", str(ready.get("status")))]
    state: State = "bad" if ready.get("status") == "not_ready" else "look"
    return [
        Check("api ready", state, f"{name}: {part.get('detail', 'does not work')}", _TODO.get(name, ""))
        for name, part in bad.items()
    ]


async def _key(client: httpx.AsyncClient, settings: ConsoleSettings) -> Check:
    if settings.api_key is None:
        todo = 'for `flowserve score`: set FLOWSERVE_API_KEY, or `eval "$(flowserve env)"`'
        return Check("our key", "look", "FLOWSERVE_API_KEY is not set", todo)
    headers = {"Authorization": f"Bearer {settings.api_key.get_secret_value()}"}
    answer = await client.get("/api/v1/model", headers=headers)
    if answer.status_code in (401, 403):
        todo = "`flowserve keys list` shows what there is, `flowserve keys create` makes a new one"
        return Check("our key", "bad", f"the API answers {answer.status_code} to FLOWSERVE_API_KEY", todo)
    running = answer.json().get("version")
    detail = f"taken; model {running} scored last" if running else "taken; nothing was scored for it yet"
    return Check("our key", "ok", detail)
