"""Prometheus itself with the committed rules, reading processes of this machine once a second."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import yaml

from local_stack.process import Process

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "observability/prometheus"
PROGRAM = ROOT / ".cache/prometheus/bin/prometheus"


class Prometheus:
    """`targets` is host:port by job, in place of the names within the compose network."""

    def __init__(self, folder: Path, port: int, targets: Mapping[str, str]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        configuration = yaml.safe_load((COMMITTED / "prometheus.yml").read_text())
        assert {job["job_name"] for job in configuration["scrape_configs"]} == set(targets)
        configuration["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        configuration["rule_files"] = [str(COMMITTED / name) for name in configuration["rule_files"]]
        configuration["scrape_configs"] = [
            {"job_name": job, "static_configs": [{"targets": [target]}]} for job, target in targets.items()
        ]
        (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration))
        command = [
            str(PROGRAM),
            f"--config.file={folder}/prometheus.yml",
            f"--storage.tsdb.path={folder}/figures",
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        self.process = Process("prometheus", command, {}, folder / "prometheus.log")

    def client(self) -> httpx.AsyncClient:
        """A client of its API."""
        return httpx.AsyncClient(base_url=self.url, timeout=30)


async def health(prometheus: httpx.AsyncClient) -> dict[str, str]:
    """By job: up, down, or unknown before the first look."""
    answer = await prometheus.get("/api/v1/targets")
    targets = answer.raise_for_status().json()["data"]["activeTargets"]
    return {target["labels"]["job"]: target["health"] for target in targets}


async def alerts(prometheus: httpx.AsyncClient) -> dict[str, str]:
    """By alert: inactive, pending or firing. Asserts that every rule could be evaluated."""
    answer = await prometheus.get("/api/v1/rules")
    groups: list[dict[str, Any]] = answer.raise_for_status().json()["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert [rule["name"] for rule in rules if rule["health"] == "err"] == []
    return {rule["name"]: rule["state"] for rule in rules}
