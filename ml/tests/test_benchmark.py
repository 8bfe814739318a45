"""The benchmark that README quotes runs from end to end; its figures are for people to read."""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parent.parent


def test_the_benchmark_of_the_light_core_prints_every_figure_that_the_readme_quotes() -> None:
    done = subprocess.run(
        [sys.executable, "benchmarks/light_core.py", "10"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for figure in (
        "whole log folded",
        "one by one in log order, as live",
        "per remembered transaction",
        "per remembered fraud",
        "scored, 512 at a time",
        "features and score, 1 at a time",
        "features and score, 512 at a time",
        "declines explained",
    ):
        assert figure in done.stdout
