"""FlowServe's own processes: their commands and the environment that they are given."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local_stack.process import Process


@dataclass(frozen=True)
class Services:
    """Makes processes that are not yet started; `environment` is the whole environment of each."""

    data: Path
    environment: Mapping[str, str]

    def provision(self) -> Process:
        """Creates topics and tables and ends."""
        return self._python("provision", "stream_processor.provision")

    def scorer(self, slot: int = 0) -> Process:
        """Slots name static group members: no two running scorers may share one."""
        return self._python(f"scorer-{slot}", "stream_processor.scorer", {"FLOWSERVE_SCORER_SLOT": str(slot)})

    def sink(self) -> Process:
        return self._python("sink", "stream_processor.sink")

    def api(self) -> Process:
        return self._python("api", "ingest_api")

    def _python(self, name: str, module: str, extra: Mapping[str, str] | None = None) -> Process:
        return Process(
            name,
            [sys.executable, "-m", module],
            {**self.environment, **(extra or {})},
            self.data / "logs" / f"{name}.log",
            pid_file=self.data / "run" / f"{name}.pid",
        )


def service_environment(
    inherited: Mapping[str, str],
    data: Path,
    bootstrap: str,
    postgres: Mapping[str, str],
    api: tuple[str, int],
    payload_key: str,
) -> dict[str, str]:
    """What we were given, with the addresses of this stack on top.

    `postgres` holds the PG* names of our own server; empty means that the inherited ones name another server.
    """
    kept = {name: value for name, value in inherited.items() if not (postgres and name.startswith("PG"))}
    host, port = api
    return {
        "OMP_NUM_THREADS": "1",  # read when onnxruntime is loaded: too late to set inside the scorer
        **kept,
        **postgres,
        "PYTHONUNBUFFERED": "1",
        "FLOWSERVE_DATA_DIR": str(data),
        "FLOWSERVE_KAFKA_BOOTSTRAP": bootstrap,
        "FLOWSERVE_API_HOST": host,
        "FLOWSERVE_API_PORT": str(port),
        "FLOWSERVE_PAYLOAD_KEY": payload_key,
    }
