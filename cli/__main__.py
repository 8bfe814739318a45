"""`flowserve` (or `python -m cli`): the operator's commands. See `flowserve --help`."""

import asyncio
import sys
from collections.abc import Sequence

from cli.arguments import parse
from cli.database import USAGE_ERROR, UsageError, run_connected
from cli.keys_command import run_keys


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 done, 1 the database said no, 2 wrong use, 3 no such key."""
    try:
        asked = parse(sys.argv[1:] if arguments is None else arguments)
    except UsageError as error:
        print(f"flowserve: {error}", file=sys.stderr)
        return USAGE_ERROR
    return asyncio.run(run_connected(lambda connection: run_keys(connection, asked)))


if __name__ == "__main__":
    sys.exit(main())
