"""`python -m local_stack COMMAND`: builds the settings and delegates."""

import sys

from local_stack.commands import run
from local_stack.settings import Settings, inherited_environment

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], Settings(), inherited_environment()))
