"""`python -m cli.demo`."""

import sys

from cli.demo.run import run_demo
from local_stack.settings import inherited_environment

if __name__ == "__main__":
    sys.exit(run_demo(inherited_environment()))
