"""`ml/` is a repository of its own in all but place: copied alone, it installs and passes its tests."""

from pathlib import Path

from tests.support import alone


def test_a_copy_in_an_empty_place_installs_into_a_fresh_environment_and_passes_its_tests(
    tmp_path: Path,
) -> None:
    project = alone.copied("ml", tmp_path)
    python = alone.installed(project, ".[test]")
    backend = {"flowserve-backend", "faust-streaming", "fastapi", "aiokafka"}
    assert backend & alone.distributions(python) == set()
    alone.run(python, "-m", "pytest", "-q", folder=project)
