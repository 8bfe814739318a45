"""`flowserve score`: asks the API for decisions on one transaction or a file, and shows them with reasons."""

import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.progress import Progress

from cli.ask.arguments import SCORE, Given, parse
from cli.ask.rows import Row, read_rows
from cli.console import DONE, NOT_ALL, Failed, carry_out, print_json, print_table
from cli.settings import ConsoleSettings
from flowserve_client import Client, Pending, Prediction, Problem, Transaction, Unreachable

_AT_ONCE = 100
_ORDER = {"decline": 0, "review": 1, "refused": 2, "pending": 3, "approve": 4}


@dataclass(frozen=True)
class Scored:
    """What became of a row: approve, review, decline, refused or pending; `why` for people."""

    place: int
    transaction: Transaction | None
    decision: str
    score: float | None
    why: str
    answer: Prediction | None = None
    request_id: str | None = None


def main(arguments: Sequence[str]) -> int:
    """The exit code, as the help lists them."""
    return carry_out(SCORE, lambda: _score(parse(SCORE, arguments), ConsoleSettings()))


def _score(given: Given, settings: ConsoleSettings) -> int:
    if settings.api_key is None:
        raise Failed(
            'no API key: set FLOWSERVE_API_KEY. Beside `flowserve up`, `eval "$(flowserve env)"` does; '
            "elsewhere `flowserve keys create` makes one"
        )
    rows = read_rows(given, settings, time.time())
    try:
        with Client(settings.url, settings.api_key.get_secret_value(), timeout=given.timeout) as client:
            found = _ask(client, rows, given.as_json)
    except Unreachable as error:
        raise Failed(f"{settings.url}: {error}. Is it running? `flowserve doctor` says more") from None
    if not given.as_json:
        _show(found, given.show)
    return DONE if all(each.answer is not None for each in found) else NOT_ALL


def _ask(client: Client, rows: Sequence[Row], as_json: bool) -> list[Scored]:
    found: list[Scored] = []
    with Progress(console=Console(stderr=True), disable=len(rows) <= _AT_ONCE, transient=True) as progress:
        task = progress.add_task("scoring", total=len(rows))
        for start in range(0, len(rows), _AT_ONCE):
            part = rows[start : start + _AT_ONCE]
            sent = [row.transaction for row in part if row.transaction]
            answers = iter(client.predict_many(sent) if sent else [])
            for row in part:
                done = _of(row, next(answers)) if row.transaction else _of(row, None)
                found.append(done)
                if as_json:
                    print_json(_json(done))
            progress.advance(task, len(part))
    return found


def _of(row: Row, answer: Prediction | Problem | Pending | None) -> Scored:
    if isinstance(answer, Prediction):
        why = "; ".join(reason.message for reason in answer.reasons)
        return Scored(row.place, row.transaction, answer.decision, answer.score, why, answer)
    if isinstance(answer, Pending):
        why = f"not decided yet: flowserve trace {answer.request_id}"
        return Scored(row.place, row.transaction, "pending", None, why, request_id=answer.request_id)
    return Scored(row.place, row.transaction, "refused", None, str(answer or row.refused))


def _json(each: Scored) -> dict[str, object]:
    told: dict[str, object] = {
        "row": each.place,
        "transaction_id": each.transaction.transaction_id if each.transaction else None,
        "decision": each.decision,
    }
    if each.answer is not None:
        return told | {"prediction": dict(each.answer.raw)}
    return told | {"request_id": each.request_id, "message": each.why}


def _show(found: Sequence[Scored], most: int) -> None:
    ranked = sorted(found, key=lambda each: (_ORDER[each.decision], -(each.score or 0.0), each.place))
    rows = [
        (
            each.place,
            each.transaction.transaction_id if each.transaction else "",
            each.transaction.customer_id if each.transaction else "",
            f"{each.transaction.amount:,} {each.transaction.currency}" if each.transaction else "",
            each.decision,
            "" if each.score is None else f"{each.score:.4f}",
            each.why,
        )
        for each in ranked[:most]
    ]
    print_table(("ROW", "TRANSACTION", "CUSTOMER", "MINOR UNITS", "DECISION", "SCORE", "WHY"), rows)
    if len(found) > 1:
        counts = Counter(each.decision for each in found)
        told = ", ".join(f"{counts[name]:,} {name}" for name in _ORDER if counts[name])
        left = f"; the table shows {most} of {len(found):,}, --json all" if len(found) > most else ""
        print(f"\n{told}{left}", file=sys.stderr)
