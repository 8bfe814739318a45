"""`flowserve doctor`: looks at every part, each by itself, and says what to do about what is wrong."""

import argparse
import asyncio
import logging
from collections.abc import Sequence
from dataclasses import asdict

from cli.console import DONE, NOT_ALL, carry_out, print_json, print_table
from cli.doctor import database, kafka, rest
from cli.doctor.check import Check, looked
from cli.doctor.machine import look_at_disk, look_at_model
from cli.settings import ConsoleSettings

_TEXT = """\
Looks at Kafka, PostgreSQL, the API, scorers, sink, model, disk and clocks, each by itself, so it works where
most are down. FLOWSERVE_* and PG* say where they are; beside `flowserve up`, `eval "$(flowserve env)"` does.
"""
_ENV = 'set FLOWSERVE_* and PG*; beside `flowserve up`: eval "$(flowserve env)"'
_EXIT_CODES = """\
exit codes:
  0  everything works, though something may be worth a look
  2  the command was not understood
  3  something does not work; the last column says what to do
"""


def main(arguments: Sequence[str]) -> int:
    """The exit code, as the help lists them."""
    given = make_parser().parse_args(arguments)
    # What aiokafka says of a broker that is down is told in the table, once.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    return carry_out("doctor", lambda: _doctor(given, ConsoleSettings()))


def make_parser() -> argparse.ArgumentParser:
    """The parser of `doctor`."""
    parser = argparse.ArgumentParser(
        prog="flowserve doctor",
        description=_TEXT,
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--timeout", type=float, default=15.0, metavar="SECONDS", help="for each part (%(default)g)"
    )
    parser.add_argument("--json", action="store_true", help="a JSON array")
    return parser


def _doctor(given: argparse.Namespace, settings: ConsoleSettings) -> int:
    checks = asyncio.run(look_at_all(settings, given.timeout))
    if given.json:
        print_json([asdict(check) for check in checks])
    else:
        rows = [(check.part, check.state, check.detail, check.todo) for check in checks]
        print_table(("PART", "STATE", "WHAT", "TO DO"), rows)
    return NOT_ALL if any(check.state == "bad" for check in checks) else DONE


async def look_at_all(settings: ConsoleSettings, seconds: float) -> list[Check]:
    """Every check, those of the parts at the same time."""
    found = await asyncio.gather(
        looked("kafka", lambda: kafka.look_at_kafka(settings), kafka.REACH, seconds),
        looked("postgresql", database.look_at_database, database.REACH, seconds),
        looked("api", lambda: rest.look_at_api(settings), rest.REACH, seconds),
    )
    machine = [look_at_model(settings.models_dir), look_at_disk(settings.data_dir)]
    checks = [*(check for part in found for check in part), *machine]
    return [*settings_check(settings, checks), *checks]


def settings_check(settings: ConsoleSettings, found: Sequence[Check]) -> list[Check]:
    """Where something is bad and nobody said where it is, that is the first thing to look at."""
    unsaid = "kafka_bootstrap" not in settings.model_fields_set
    if unsaid and any(check.state == "bad" for check in found):
        return [Check("settings", "look", "nothing says where the parts are", _ENV)]
    return []
