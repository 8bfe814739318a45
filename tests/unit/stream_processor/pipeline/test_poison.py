"""Bad records become outcomes: their neighbours are scored, nothing raises, no value is echoed."""

import pytest

from schemas.problems import CATALOGUE
from stream_processor.pipeline.results import Result
from stream_processor.pipeline.state import PartitionState
from stream_processor.scorer.dead_letters import Payloads, dead_letter
from tests.support.actors import rules
from tests.support.poison import SECRET, VISA, Poison, poison
from tests.support.records import body, codes, decided, fold_of, outcome, raw, request


def kinds(some: list[Poison]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("bad", some, ids=lambda bad: bad.kind.replace(" ", "_"))


KINDS = kinds(poison())
REFUSED_KINDS = kinds([bad for bad in poison() if bad.code != "scored"])


def between_good_ones(bad: Poison) -> list[Result]:
    records = [request(0, body(1)), raw(1, bad.value, bad.key, bad.wire), request(2, body(2))]
    return decided(records, PartitionState(), rules())


@KINDS
def test_a_bad_record_gets_its_code_and_its_neighbours_are_scored(bad: Poison) -> None:
    assert codes(between_good_ones(bad)) == ["scored", bad.code, "scored"]


@KINDS
def test_a_refused_record_has_a_dead_letter_and_a_scored_one_has_none(bad: Poison) -> None:
    refused = [entry.refused.code if entry.refused else None for entry in between_good_ones(bad)]
    assert refused == [None, None if bad.code == "scored" else bad.code, None]


@KINDS
def test_neither_values_nor_card_numbers_are_echoed(bad: Poison) -> None:
    entry = between_good_ones(bad)[1]
    texts = [entry.value, *(value for _, value in entry.headers)]
    assert not any(SECRET.encode() in text or VISA.encode() in text for text in texts)
    if entry.refused is not None:
        key, value, wire = dead_letter(entry, Payloads(b"key"), 0)
        assert VISA.encode() not in b"|".join([key or b"", value or b"", *(text for _, text in wire)])


@REFUSED_KINDS
def test_a_refused_record_leaves_no_trace_in_the_state(bad: Poison) -> None:
    state = PartitionState()
    (result,) = decided([raw(0, bad.value, bad.key, bad.wire)], state, rules())
    assert state.customers == {}
    assert (fold_of(result).client_id, fold_of(result).offset) == ("", 0)


@REFUSED_KINDS
def test_a_refusal_is_in_the_catalogue_and_says_what_is_wrong(bad: Poison) -> None:
    problem = outcome(between_good_ones(bad)[1])["problem"]
    assert problem["status"] == CATALOGUE[bad.code].status
    assert problem.get("detail") or problem["errors"]


def test_a_missing_field_is_pointed_at() -> None:
    (bad,) = (bad for bad in poison() if bad.kind == "P10 missing field")
    assert outcome(between_good_ones(bad)[1])["problem"]["errors"][0]["pointer"] == "/terminal_id"


def test_of_a_repeated_field_the_last_value_counts() -> None:
    content = body(1)
    value = (
        b'{"amount": 1, '
        + b", ".join(f'"{name}": "{text}"'.encode() for name, text in content.items() if name != "amount")
        + b', "amount": 99}'
    )
    (result,) = decided([raw(0, value)], PartitionState(), rules())
    assert outcome(result)["features"]["amount"] == 0.99


def test_a_batch_of_nothing_but_poison_is_rejected_whole() -> None:
    bad = [entry for entry in poison() if entry.code != "scored"]
    records = [raw(place, entry.value, entry.key, entry.wire) for place, entry in enumerate(bad)]
    assert codes(decided(records, PartitionState(), rules())) == [entry.code for entry in bad]
