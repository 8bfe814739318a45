"""`flowserve acls`: what Kafka must be told, so that every process may do its work and no more."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict

from cli.console import print_json
from schemas.kafka_access import rules

_TEXT = """\
Prints the arguments of Apache Kafka's kafka-acls.sh, a line for each rule; with --producer NAME those of a
direct producer instead. To set them:

  flowserve acls | while read -r rule; do
      kafka-acls.sh --bootstrap-server HOST:PORT --command-config admin.properties $rule
  done
"""
_EXIT_CODES = """\
exit codes:
  0  done
  2  the command was not understood
"""


def main(arguments: Sequence[str]) -> int:
    """The exit code, 0."""
    given = make_parser().parse_args(arguments)
    found = rules(given.producer)
    if given.json:
        print_json([asdict(rule) | {"arguments": rule.command().split()} for rule in found])
    else:
        for rule in found:
            print(rule.command())
    return 0


def make_parser() -> argparse.ArgumentParser:
    """The parser of this command."""
    parser = argparse.ArgumentParser(
        prog="flowserve acls",
        description=_TEXT,
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--producer", metavar="NAME", help="name at Kafka of one that writes requests itself")
    parser.add_argument("--json", action="store_true", help="a JSON array of the rules, each with its reason")
    return parser
