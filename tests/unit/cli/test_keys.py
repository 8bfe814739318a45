"""Keys as they are made and shown."""

import hashlib
import json
import re
from datetime import UTC, datetime

from cli.keys import StoredKey, key_hash, make_key
from cli.keys_command import as_json, as_table

NOW = datetime(2026, 11, 23, tzinfo=UTC)
LATER, EARLIER = datetime(2027, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
KEYS = [
    StoredKey("a1", "acme", "checkout", ("predict", "read"), EARLIER, None, None),
    StoredKey("b2", "default", "old", ("read",), EARLIER, EARLIER, None),
    StoredKey("c3", "default", "lost", ("read",), EARLIER, LATER, NOW),
]


def test_a_key_has_the_form_the_api_expects_and_no_two_are_equal() -> None:
    one, two = (make_key("acme", "x", ("read",), None) for _ in range(2))
    assert re.fullmatch(r"fs_[A-Za-z0-9_-]{43}", one.key)
    assert re.fullmatch(r"[0-9a-f]{10}", one.key_id)
    assert one.key != two.key
    assert one.key_id != two.key_id


def test_what_is_stored_is_the_sha256_of_the_whole_key() -> None:
    assert key_hash("fs_abc") == hashlib.sha256(b"fs_abc").digest()


def test_a_key_is_active_expired_or_revoked() -> None:
    assert [key.state(NOW) for key in KEYS] == ["active", "expired", "revoked"]
    assert KEYS[2].state(LATER) == "revoked"


def test_the_table_is_aligned_and_says_never() -> None:
    heading, first, *_ = as_table(KEYS, NOW).splitlines()
    assert heading.index("NAME") == first.index("checkout")
    assert first.endswith("never")


def test_json_has_times_with_a_zone_and_null_for_never() -> None:
    rows = json.loads(as_json(KEYS, NOW))
    assert rows[0]["expires_at"] is None
    assert rows[2]["expires_at"] == "2027-01-01T00:00:00+00:00"
