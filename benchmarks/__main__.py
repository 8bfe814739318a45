"""`python -m benchmarks`: measures FlowServe beside its floors; docs/performance.md explains each figure."""

import argparse

from benchmarks.run import ROWS, report, run


def main() -> None:
    """Measures what is asked for; without arguments all rows."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--short", action="store_true", help="one small round of each, to see that it works")
    parser.add_argument("--only", nargs="+", choices=ROWS, metavar="ROW", default=[], help=", ".join(ROWS))
    parser.add_argument("--report", action="store_true", help="only report what the rows found last")
    asked = parser.parse_args()
    if asked.report:
        report()
    else:
        run(asked.only, asked.short)


if __name__ == "__main__":
    main()
