"""Prometheus' own tool over the committed configuration: it is valid, and each alert fires when it should."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROMTOOL = ROOT / ".cache/prometheus/bin/promtool"


@pytest.mark.parametrize(
    "check",
    [
        ("check", "config", "prometheus.yml"),
        ("check", "rules", "--lint-fatal", "alerts.yml"),
        ("test", "rules", "alerts_test.yml"),
    ],
)
def test_promtool_finds_nothing_wrong(check: tuple[str, ...]) -> None:
    done = subprocess.run(
        [PROMTOOL, *check], cwd=ROOT / "observability/prometheus", capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
