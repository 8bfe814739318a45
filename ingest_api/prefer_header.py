"""The Prefer header (RFC 7240): how long a caller wants to wait for its answer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Preference:
    """`wait` in whole seconds, 0 for none; `applied` is the Preference-Applied value, or empty."""

    wait: int
    applied: str = ""


def parse_prefer(value: str | None, default: int, most: int) -> Preference:
    """Reads `respond-async` and `wait=n`; anything else is ignored, as the RFC asks. `most` caps n."""
    if not value:
        return Preference(default)
    for part in value.lower().split(","):
        name, _, argument = part.partition(";")[0].partition("=")
        name, argument = name.strip(), argument.strip().strip('"')
        if name == "respond-async":
            return Preference(0, "respond-async")
        if name == "wait" and argument.isascii() and argument.isdigit():
            wait = min(int(argument[:6]), most)
            return Preference(wait, f"wait={wait}")
    return Preference(default)
