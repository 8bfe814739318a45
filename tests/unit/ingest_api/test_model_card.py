"""The card of a model: from the manifest of the version that scores, where this machine has it."""

from pathlib import Path

import pytest

from ingest_api.model_card import ModelCards

MODELS = Path(__file__).parents[3] / "ml" / "models"
VERSION = (MODELS / "current").read_text().strip()


def test_the_committed_model_has_one() -> None:
    card = ModelCards(MODELS).card(VERSION)
    assert card is not None
    assert 0 < card.policy.review < card.policy.decline < 1
    assert {each.name for each in card.metrics} >= {"validation", "test"}


@pytest.mark.parametrize("version", ["0.0.0", "..", "../models", "", ".", "a/b", "a\0b"])
def test_a_version_that_is_not_there_or_is_no_version_has_none(version: str) -> None:
    assert ModelCards(MODELS).card(version) is None


def test_a_manifest_that_cannot_be_read_gives_none(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "manifest.json").write_text('{"policy": 1}')
    assert ModelCards(tmp_path).card("1") is None
