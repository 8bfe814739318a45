"""Dead letters as text for a person and as JSON for a program; nothing of a letter can move the terminal."""

import base64
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from cli.dead_letters.letter import Letter
from cli.dead_letters.plan import Plan

_MOST_CHARACTERS = 4_096
_KEY_CHARACTERS = 24
_HEADING = ("LETTER", "REFUSED AT", "CLIENT", "CODE", "TRIED", "KEY", "REDRIVEN", "WHAT TO DO")


def table(letters: Sequence[Letter], redriven: Mapping[tuple[int, int], int], width: int) -> str:
    """Aligned columns with a heading, cut to the width of the terminal."""
    lines = [_HEADING]
    for letter in letters:
        at = redriven.get((letter.partition, letter.offset))
        key = _safe(letter.key)[:_KEY_CHARACTERS] if letter.key is not None else "-"
        when = "-" if at is None else _time(at)
        cells = (letter.place, _time(letter.at_ms), letter.client, letter.code, str(letter.attempts))
        lines.append((*cells, key, when, letter.message))
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADING))]
    rows = ("  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) for line in lines)
    return "\n".join(printable(row.rstrip())[:width] for row in rows)


def page(letter: Letter) -> str:
    """Everything about one letter."""
    lines = [f"dead letter {letter.place}, written {_time(letter.at_ms)}", "", "why it was refused"]
    lines += [f"  {name:<18} {_safe(value)}" for name, value in letter.ours.items()]
    lines += ["", "headers of the record", *(f"  {printable(n):<18} {_safe(v)}" for n, v in letter.theirs)]
    if letter.bytes_gone:
        lines += [
            "",
            "Its bytes were not kept: they may hold a payment card number, or were too large to keep.",
            "The value is their keyed HMAC-SHA-256 and their length, to compare with what a producer has:",
        ]
    else:
        lines += ["", f"key    {'none' if letter.key is None else _safe(letter.key)}"]
    size = "none" if letter.value is None else f"{len(letter.value):,} bytes"
    text = _safe(letter.value)
    cut = len(text) - _MOST_CHARACTERS
    lines += [f"value  {size}", "", text[:_MOST_CHARACTERS]]
    if cut > 0:
        lines.append(f"... {cut:,} characters more; --json has every byte")
    return "\n".join(lines)


def as_dict(letter: Letter, redriven_at_ms: int | None = None) -> dict[str, object]:
    """For JSON: all that `list` shows. Times are RFC 3339 UTC."""
    return {
        "letter": letter.place,
        "refused_at": _time(letter.at_ms),
        "client_id": letter.client,
        "code": letter.code,
        "message": letter.message,
        "attempts": letter.attempts,
        "source_offset": letter.source[1] if letter.source[1] >= 0 else None,
        "payload_kept": not letter.bytes_gone,
        "redriven_at": None if redriven_at_ms is None else _time(redriven_at_ms),
    }


def as_whole_dict(letter: Letter) -> dict[str, object]:
    """For JSON: every byte, in base64."""
    pairs = [*letter.theirs, *letter.ours.items()]
    return as_dict(letter) | {
        "key": _base64(letter.key),
        "value": _base64(letter.value),
        "headers": [[name, _base64(value)] for name, value in pairs],
    }


def by_code(letters: Counter[str]) -> str:
    """The counts in a line, the most frequent first."""
    return ", ".join(f"{code} {count:,}" for code, count in letters.most_common())


def plan_text(plan: Plan) -> str:
    """What a redrive would do."""
    lines = [f"{plan.total:,} letters can go back to the requests"]
    lines += [f"{count:,} stay: {reason}" for reason, count in plan.left.most_common()]
    return "\n".join(lines)


def plan_dict(plan: Plan, redriven: int) -> dict[str, object]:
    """For JSON: the plan and what came of it."""
    places = [f"{partition}/{offset}" for partition, offsets in plan.chosen.items() for offset in offsets]
    return {"redriven": redriven, "chosen": places, "skipped": dict(plan.left.most_common())}


def printable(text: str) -> str:
    """Control characters and the like as escapes, so that they are read and not obeyed."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def dump(rows: object) -> str:
    """JSON for people and programs."""
    return json.dumps(rows, indent=2)


def _safe(value: bytes | None) -> str:
    return printable((value or b"").decode("utf-8", "backslashreplace"))


def _base64(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode()


def _time(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
