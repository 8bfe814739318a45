"""`flowserve acls`: what Kafka must be told, so that every process may do its work and no more."""

import argparse
from collections.abc import Sequence

from schemas.kafka_access import commands

_TEXT = """\
Prints the arguments of Apache Kafka's kafka-acls.sh, a line for each rule; with --producer NAME those of a
direct producer instead. To set them:

  flowserve acls | while read -r rule; do
      kafka-acls.sh --bootstrap-server HOST:PORT --command-config admin.properties $rule
  done
"""


def main(arguments: Sequence[str]) -> int:
    """The exit code, 0."""
    parser = argparse.ArgumentParser(
        prog="flowserve acls",
        description=_TEXT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--producer", metavar="NAME", help="name at Kafka of one that writes requests itself")
    for line in commands(parser.parse_args(arguments).producer):
        print(line)
    return 0
