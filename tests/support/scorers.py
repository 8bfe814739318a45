"""Scorer processes under test: started for real, one per slot, and restarted as a supervisor would."""

import sys
from collections.abc import Mapping
from pathlib import Path

from local_stack.process import Process


class Fleet:
    """Scorers of one broker; every slot has its own log file."""

    def __init__(self, bootstrap: str, folder: Path, environment: Mapping[str, str], partitions: int) -> None:
        self._folder = folder
        self._environment = {
            **environment,
            "FLOWSERVE_KAFKA_BOOTSTRAP": bootstrap,
            "FLOWSERVE_DATA_DIR": str(folder),
            "FLOWSERVE_PARTITIONS": str(partitions),
            "FLOWSERVE_SESSION_SECONDS": "6",
        }
        self.running: dict[int, Process] = {}
        self.exits: list[tuple[int, int]] = []

    def start(self, slot: int, **settings: str) -> Process:
        """Starts the scorer of a slot; `settings` are FLOWSERVE_* names in lower case."""
        process = self.spawn(f"scorer-{slot}", slot, **settings)
        self.running[slot] = process
        return process

    def spawn(self, name: str, slot: int, **settings: str) -> Process:
        """A scorer that the fleet does not look after."""
        environment = self._environment | {"FLOWSERVE_SCORER_SLOT": str(slot)}
        environment |= {f"FLOWSERVE_{key.upper()}": value for key, value in settings.items()}
        command = [sys.executable, "-m", "stream_processor.scorer"]
        process = Process(name, command, environment, self._folder / f"{name}.log")
        process.start()
        return process

    def revive(self) -> None:
        """Restarts what has ended, and notes how it ended."""
        for slot, process in list(self.running.items()):
            if not process.alive:
                self.exits.append((slot, process.exit_code or 0))
                self.start(slot)

    def kill_all(self) -> None:
        """Ends every scorer of the fleet."""
        for process in self.running.values():
            process.kill()
