"""Under which name a client's customer or terminal is remembered: two clients' ids are never the same."""


def key_of(client_id: str, id_of_theirs: str) -> str:
    """One key for both: no id may hold NUL."""
    return f"{client_id}\0{id_of_theirs}"


def parts_of_key(key: str) -> tuple[str, str]:
    """Client and id of a key."""
    client_id, _, id_of_theirs = key.partition("\0")
    return client_id, id_of_theirs
