"""Reports are read by the same rules as transactions, on both doors."""

import json

import pytest
from pydantic import ValidationError

from schemas.feedback import Feedback, canonical_feedback, decode_feedback
from schemas.feedback_model import FeedbackModel
from schemas.problems import Refusal

GOOD = {"transaction_id": "tx-1", "customer_id": "c-1", "is_fraud": True}


def test_a_report_is_read_and_written_in_one_form() -> None:
    report = decode_feedback(json.dumps({**GOOD, "note": "ignored"}).encode())
    assert report == Feedback("tx-1", "c-1", True)
    assert decode_feedback(canonical_feedback(report)) == report
    assert FeedbackModel.model_validate(GOOD).feedback() == report


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"is_fraud": 1}, "invalid_field"),
        ({"is_fraud": "true"}, "invalid_field"),
        ({"customer_id": ""}, "invalid_field"),
        ({"customer_id": "c\n"}, "invalid_field"),
        ({"transaction_id": "4111 1111 1111 1111"}, "card_number"),
    ],
)
def test_a_bad_report_is_refused_on_both_doors(change: dict[str, object], code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        decode_feedback(json.dumps(GOOD | change).encode())
    assert refusal.value.code == code
    with pytest.raises(ValidationError):
        FeedbackModel.model_validate_json(json.dumps(GOOD | change))


@pytest.mark.parametrize("value", [None, b"", b"{", b"[]", b"\xff", b"{}"])
def test_what_is_no_report_is_refused(value: bytes | None) -> None:
    with pytest.raises(Refusal):
        decode_feedback(value)
