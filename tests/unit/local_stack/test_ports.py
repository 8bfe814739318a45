"""The memory for port numbers."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local_stack.ports import HIGHEST, LOWEST, PortMemory, first_free


def everything(port: int) -> bool:
    return True


def nothing(port: int) -> bool:
    return False


def test_a_port_stays_the_same_for_whoever_asks_next(tmp_path: Path) -> None:
    port = PortMemory(tmp_path / "ports.json", everything).get("kafka")
    assert PortMemory(tmp_path / "ports.json", nothing).get("kafka") == port
    assert LOWEST <= port < HIGHEST


def test_two_names_never_share_a_port(tmp_path: Path) -> None:
    memories = [PortMemory(tmp_path / "ports.json", everything, seed=1) for _ in range(50)]
    with ThreadPoolExecutor(8) as pool:
        ports = list(pool.map(lambda pair: pair[1].get(f"part-{pair[0]}"), enumerate(memories)))
    assert len(set(ports)) == 50


def test_a_port_in_use_is_not_chosen(tmp_path: Path) -> None:
    first_choice = PortMemory(tmp_path / "a.json", everything, seed=7).get("kafka")
    memory = PortMemory(tmp_path / "b.json", lambda port: port != first_choice, seed=7)
    assert memory.get("kafka") != first_choice


def test_a_remembered_port_is_recalled_and_others_are_kept(tmp_path: Path) -> None:
    memory = PortMemory(tmp_path / "ports.json", everything)
    kafka = memory.get("kafka")
    assert memory.recall("api") is None
    memory.remember("api", 8001)
    assert (memory.recall("api"), memory.get("kafka")) == (8001, kafka)


def test_the_first_free_candidate_wins() -> None:
    assert first_free([8000, 8001, 8002], lambda port: port > 8000) == 8001


def test_no_free_candidate_says_what_to_do() -> None:
    with pytest.raises(OSError, match="stop some other server"):
        first_free([8000], nothing)
