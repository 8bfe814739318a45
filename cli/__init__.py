"""The command line for operators: `flowserve`, or `python -m cli`."""
