"""The Accept header of /logs: JSON pages or an NDJSON stream."""

from schemas.problems import Refusal

NDJSON = "application/x-ndjson"
_JSON = frozenset({"application/json", "application/*", "*/*"})


def wants_ndjson(accept: str | None) -> bool:
    """True where NDJSON is named. Raises Refusal not_acceptable where neither form would do."""
    ranges = [part.partition(";")[0].strip().lower() for part in (accept or "*/*").split(",")]
    if NDJSON in ranges:
        return True
    if not _JSON.intersection(ranges):
        raise Refusal("not_acceptable", f"Accept application/json or {NDJSON}.")
    return False
