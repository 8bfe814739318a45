"""`flowserve` (or `python -m cli`): the operator's and the analyst's commands. See `flowserve --help`."""

import sys

from cli.commands import main

if __name__ == "__main__":
    sys.exit(main())
