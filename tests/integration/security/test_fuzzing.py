"""Whatever the OpenAPI document allows, or forbids, is sent to the live API: no 500, all as documented."""

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
)

from tests.support.security.stack import SecuredStack

# What fits the schema may be too old, a repeat with another body, or unknown; what does not fit it may be a
# header that is ignored as its RFC asks. Refusals and keys have tests of their own.
_NOT_ASKED = [positive_data_acceptance, negative_data_rejection, ignored_auth]
_BUSY = 503


@pytest.fixture
def document(stack: SecuredStack) -> schemathesis.BaseSchema:
    """The API's own description, with a key that may do everything."""
    schema = schemathesis.openapi.from_dict(httpx.get(f"{stack.url}/openapi.json", timeout=30).json())
    schema.config.update(base_url=stack.url, headers={"Authorization": f"Bearer {stack.key}"})
    return schema.exclude(path="/api/v1/stream")  # an answer without an end has tests of its own


def probe_everything(document: schemathesis.BaseSchema, mode: GenerationMode, examples: int) -> None:
    """So many calls of every operation, the same ones each time."""
    chosen = settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    probed, wrong = 0, []
    for found in document.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()

        @chosen
        @given(case=operation.as_strategy(generation_mode=mode))
        def probe(case: schemathesis.Case[Any]) -> None:
            answer = case.call(timeout=60)
            if answer.status_code == _BUSY:
                assert answer.json()["retryable"] is True
            else:
                case.validate_response(answer, excluded_checks=_NOT_ASKED)

        try:
            probe()
        except Unsatisfiable:
            continue  # an operation that takes nothing can be given nothing wrong
        except FailureGroup as failures:
            wrong.append(str(failures))
        probed += 1
    assert not wrong, "\n".join(wrong)
    assert probed >= 5


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_the_api_is_as_it_says(document: schemathesis.BaseSchema, mode: GenerationMode) -> None:
    probe_everything(document, mode, 20)


@pytest.mark.slow
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_the_api_is_as_it_says_for_much_more(document: schemathesis.BaseSchema, mode: GenerationMode) -> None:
    probe_everything(document, mode, 200)
