"""What serving processes import needs numpy and onnxruntime, nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

SERVING = [
    "flowserve_ml.cli",
    "flowserve_ml.connect",
    "flowserve_ml.costs",
    "flowserve_ml.currency",
    "flowserve_ml.destination",
    "flowserve_ml.features.customer",
    "flowserve_ml.features.stream",
    "flowserve_ml.features.terminal",
    "flowserve_ml.features.vector",
    "flowserve_ml.generate",
    "flowserve_ml.manifest",
    "flowserve_ml.pace",
    "flowserve_ml.policy",
    "flowserve_ml.rates",
    "flowserve_ml.reasons",
    "flowserve_ml.repolicy",
    "flowserve_ml.runtime",
    "flowserve_ml.simulator",
    "flowserve_ml.store",
    "flowserve_ml.trees",
]
PROJECT = Path(__file__).parent.parent
BLOCKED = ["aiokafka", "matplotlib", "onnx", "pandas", "pyarrow", "scipy", "skl2onnx", "sklearn"]


def run(code: str) -> subprocess.CompletedProcess[str]:
    block = f"import sys; sys.modules.update(dict.fromkeys({BLOCKED!r}))\n"
    return subprocess.run(
        [sys.executable, "-c", block + code], cwd=PROJECT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("module", SERVING)
def test_a_serving_module_needs_no_training_library(module: str) -> None:
    result = run(f"import {module}")
    assert result.returncode == 0, result.stderr


def test_a_command_that_needs_them_says_what_to_install() -> None:
    result = run("from flowserve_ml.cli import main; sys.exit(main(['train', '--help']))")
    assert result.returncode == 1
    assert "install flowserve-ml[train]" in result.stderr


def test_kafka_says_what_to_install() -> None:
    arguments = ["generate", "--kafka", "localhost:9092"]
    result = run(f"from flowserve_ml.cli import main; sys.exit(main({arguments!r}))")
    assert result.returncode == 1
    assert result.stderr == "flowserve-ml: generate needs aiokafka: install flowserve-ml[kafka]\n"
