"""The check of downloaded jars."""

from pathlib import Path

import pytest

from local_stack import jars
from local_stack.errors import PartFailed

CONTENT = b"a jar"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "one.jar").write_bytes(CONTENT)
    (tmp_path / "two.jar").write_bytes(CONTENT * 2)
    return tmp_path


def test_written_checksums_read_back(folder: Path) -> None:
    text = jars.write_checksums({path.name: path for path in folder.iterdir()})
    wanted = jars.read_checksums(text)
    assert list(wanted) == ["one.jar", "two.jar"]
    assert jars.broken(folder, wanted) == []


def test_a_missing_a_cut_and_a_changed_jar_are_broken(folder: Path) -> None:
    wanted = {path.name: jars.sha256(path) or "" for path in folder.iterdir()} | {"three.jar": "0" * 64}
    (folder / "one.jar").write_bytes(CONTENT[:-1])
    (folder / "two.jar").write_bytes(CONTENT * 2 + b"!")
    assert sorted(jars.broken(folder, wanted)) == ["one.jar", "three.jar", "two.jar"]


def test_the_committed_list_names_kafka_and_its_logging() -> None:
    wanted = jars.read_checksums(jars.CHECKSUMS.read_text())
    assert f"kafka_2.13-{jars.KAFKA.rsplit(':', 1)[1]}.jar" in wanted
    assert f"log4j-slf4j-impl-{jars.LOGGING.rsplit(':', 1)[1]}.jar" in wanted
    assert all(len(digest) == 64 for digest in wanted.values())


def test_whole_jars_are_not_resolved_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = _cache(tmp_path)
    monkeypatch.setattr(jars, "resolve", _unexpected)
    assert jars.kafka_jars(cache, _ignore, tmp_path / "sums") == [cache / "jars" / "one.jar"]


def test_a_half_jar_is_repaired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = _cache(tmp_path)
    jar = cache / "jars" / "one.jar"
    jar.write_bytes(CONTENT[:2])
    (cache / "download-left-by-a-crash").mkdir()
    monkeypatch.setattr(jars, "resolve", lambda work, tell: {"one.jar": _file(work / "one.jar", CONTENT)})
    jars.kafka_jars(cache, _ignore, tmp_path / "sums")
    assert jar.read_bytes() == CONTENT
    assert sorted(path.name for path in cache.iterdir()) == ["jars", "lock"]


def test_a_download_with_another_content_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = _cache(tmp_path)
    (cache / "jars" / "one.jar").unlink()
    monkeypatch.setattr(jars, "resolve", lambda work, tell: {"one.jar": _file(work / "one.jar", b"evil")})
    with pytest.raises(PartFailed, match=r"one\.jar is not the one in"):
        jars.kafka_jars(cache, _ignore, tmp_path / "sums")
    assert not (cache / "jars" / "one.jar").exists()


def test_a_network_that_is_down_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = _cache(tmp_path)
    (cache / "jars" / "one.jar").unlink()
    monkeypatch.setattr(jars, "resolve", _no_network)
    with pytest.raises(PartFailed, match="check the network"):
        jars.kafka_jars(cache, _ignore, tmp_path / "sums")


def _cache(tmp_path: Path) -> Path:
    cache = tmp_path / "cache"
    jar = _file(cache / "jars" / "one.jar", CONTENT)
    (tmp_path / "sums").write_text(jars.write_checksums({jar.name: jar}))
    return cache


def _file(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _ignore(line: str) -> None:
    pass


def _unexpected(work: Path, tell: jars.Tell) -> dict[str, Path]:
    raise AssertionError("resolved again")


def _no_network(work: Path, tell: jars.Tell) -> dict[str, Path]:
    raise ConnectionError("no route to host")
