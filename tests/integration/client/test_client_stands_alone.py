"""`client/` is a package of its own: it installs without the backend, asks, and passes its tests."""

import json
from pathlib import Path

import pytest

from tests.support import alone

WHOLE = {"anyio", "certifi", "flowserve-client", "h11", "httpcore", "httpx", "idna", "typing-extensions"}
"""What a program that asks has to take in."""

ASK = """
import json
from flowserve_client import Client, Retry, Transaction, Unreachable

purchase = Transaction(customer_id="c-42", terminal_id="t-7", amount=1250, currency="EUR")
try:
    with Client("http://127.0.0.1:9", key="fs_none", timeout=5, retry=Retry(attempts=2)) as flowserve:
        flowserve.predict(purchase)
except Unreachable:
    print(json.dumps(purchase.body()))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy in an empty place."""
    return alone.copied("client", tmp_path_factory.mktemp("client"))


@pytest.fixture(scope="module")
def python(project: Path) -> Path:
    """Of an environment with the client alone in it."""
    return alone.installed(project)


def test_it_brings_its_http_client_and_nothing_else(python: Path) -> None:
    assert alone.distributions(python) == WHOLE


def test_it_builds_a_request_and_says_that_nobody_answers(python: Path, tmp_path: Path) -> None:
    told = json.loads(alone.run(python, "-I", "-c", ASK, folder=tmp_path))
    assert (told["customer_id"], told["amount"], told["currency"]) == ("c-42", 1250, "EUR")
    assert told["transaction_id"].startswith("tx-")


def test_its_tests_pass_with_what_it_names_for_them(project: Path, python: Path) -> None:
    alone.install(project, python, ".[test]")
    alone.run(python, "-m", "pytest", "-q", folder=project)
