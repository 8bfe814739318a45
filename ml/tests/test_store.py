"""The pointer to the version in use changes atomically and never to nothing."""

import shutil
from pathlib import Path
from threading import Thread

import pytest

from flowserve_ml.manifest import ArtifactError
from flowserve_ml.store import current_folder, previous_version, set_current, version_folder


@pytest.fixture
def two_versions(models: Path, tmp_path: Path) -> Path:
    for version in ("1.0", "1.1"):
        shutil.copytree(models / "1.0", tmp_path / version)
    set_current(tmp_path, "1.0")
    return tmp_path


def test_training_puts_the_new_version_in_use(models: Path) -> None:
    assert current_folder(models) == models / "1.0"


def test_another_version_can_be_put_in_use(two_versions: Path) -> None:
    set_current(two_versions, "1.1")
    assert current_folder(two_versions) == two_versions / "1.1"
    assert sorted(path.name for path in two_versions.iterdir()) == ["1.0", "1.1", "current", "previous"]


def test_the_version_before_is_known_so_that_a_change_can_be_undone(two_versions: Path) -> None:
    with pytest.raises(ArtifactError, match="none was in use before"):
        previous_version(two_versions)
    set_current(two_versions, "1.1")
    set_current(two_versions, "1.1")
    assert previous_version(two_versions) == "1.0"


def test_a_version_that_does_not_exist_changes_nothing(two_versions: Path) -> None:
    with pytest.raises(ArtifactError, match=r"holds no manifest.json"):
        set_current(two_versions, "2.0")
    assert current_folder(two_versions) == two_versions / "1.0"


def test_a_folder_of_models_without_pointer_says_so(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="current is missing"):
        current_folder(tmp_path)


@pytest.mark.parametrize("version", ["../1.0", "", "a/b", ".hidden", "x" * 65, "1.0\n2"])
def test_a_version_cannot_lead_out_of_the_folder(two_versions: Path, version: str) -> None:
    with pytest.raises(ArtifactError, match="is no model version"):
        version_folder(two_versions, version)


def test_a_reader_never_sees_half_a_pointer(two_versions: Path) -> None:
    def swap() -> None:
        for turn in range(200):
            set_current(two_versions, f"1.{turn % 2}")

    writer = Thread(target=swap)
    writer.start()
    seen = {current_folder(two_versions).name}
    while writer.is_alive():
        seen.add(current_folder(two_versions).name)
    writer.join()
    assert seen <= {"1.0", "1.1"}
