"""Rules of security that the source itself shows: what is never imported, never written, always pinned."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from schemas import database_roles, kafka_access
from schemas.topics import SCORER_GROUP, SINK_GROUP, all_topics

ROOT = Path(__file__).parents[2]
PACKAGES = ("schemas", "ingest_api", "stream_processor", "local_stack", "cli", "ml/flowserve_ml")
SERVING = ("schemas", "ingest_api", "stream_processor")
# What turns bytes of somebody's choice into code, and what lets a text be a command.
DESERIALISERS = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "marshal", "shelve", "joblib"}
HTTP_CLIENTS = {
    "httpx",
    "requests",
    "aiohttp",
    "urllib.request",
    "http.client",
    "urllib3",
    "ftplib",
    "smtplib",
}
REQUIREMENTS = tuple(f"requirements{what}.txt" for what in ("", "-image", "-local", "-dev", "-uv"))


def sources(packages: tuple[str, ...]) -> Iterator[tuple[str, ast.Module]]:
    for package in packages:
        for file in sorted((ROOT / package).rglob("*.py")):
            yield str(file.relative_to(ROOT)), ast.parse(file.read_text())


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def test_nothing_is_deserialised_into_code() -> None:
    wrong = [
        f"{file}: {name}"
        for file, tree in sources(PACKAGES)
        for name in imported(tree)
        if name.split(".")[0] in DESERIALISERS
    ]
    assert wrong == []


def test_no_text_is_run_as_code_or_as_a_command() -> None:
    wrong = [
        f"{file}:{call.lineno}: {name}"
        for file, tree in sources(PACKAGES)
        for name, call in calls(tree)
        if name in ("eval", "exec", "os.system", "os.popen", "yaml.load", "compile")
        or any(word.arg == "shell" for word in call.keywords)
        or any(word.arg == "allow_pickle" and ast.unparse(word.value) != "False" for word in call.keywords)
    ]
    assert wrong == []


def test_no_serving_process_can_call_an_address() -> None:
    """So no caller can make one do it."""
    wrong = [
        f"{file}: {name}"
        for file, tree in sources(SERVING)
        for name in imported(tree)
        if name in HTTP_CLIENTS or name.split(".")[0] in HTTP_CLIENTS
    ]
    assert wrong == []


def test_every_kafka_client_is_made_with_the_credentials_of_the_settings() -> None:
    clients = {"AIOKafkaConsumer", "AIOKafkaProducer", "AIOKafkaAdminClient"}
    made = [
        (file, ast.unparse(call))
        for file, tree in sources(("schemas", "ingest_api", "stream_processor", "cli"))
        for name, call in calls(tree)
        if name in clients
    ]
    assert len(made) >= 10
    assert [entry for entry in made if "bootstrap_servers" in entry[1] or "**kafka" not in entry[1]] == []


def test_no_certificate_goes_unchecked() -> None:
    wrong = [
        file
        for file, _ in sources(PACKAGES)
        if re.search(
            r"CERT_NONE|check_hostname *= *False|_create_unverified|verify=False", (ROOT / file).read_text()
        )
    ]
    assert wrong == []


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_dependency_is_pinned_with_its_hashes(name: str) -> None:
    text = re.sub(r"\\\n\s*", " ", (ROOT / name).read_text())
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert lines
    assert [
        line[:60] for line in lines if not re.match(r"[A-Za-z0-9_.\[\]-]+==\S+ .*--hash=sha256:", line)
    ] == []


def test_the_image_runs_as_nobody_in_particular_and_installs_what_is_pinned() -> None:
    text = (ROOT / "Dockerfile").read_text()
    last_stage = text[text.rindex("\nFROM ") :]
    assert re.findall(r"^USER (\S+)$", last_stage, re.M)[-1] == "flowserve"
    assert "useradd --system" in last_stage
    installs = re.findall(r"pip install[^\\\n]*", text)
    assert installs
    for line in installs:
        assert "--require-hashes" in line or "--no-index" in line
    assert not re.search(r"PASSWORD|SECRET|PAYLOAD_KEY|API_KEY", text)
    assert (ROOT / ".dockerignore").read_text().startswith("*\n")


def test_the_containers_of_ours_can_change_nothing_and_are_reached_on_the_loopback_only() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    ours = {name: service for name, service in services.items() if "build" in service}
    assert set(ours) >= {"api", "scorer", "sink", "provision"}
    for service in ours.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert "privileged" not in service
    assert [name for name in ("api", "scorer", "sink") if "healthcheck" not in ours[name]] == []
    assert all("no-new-privileges:true" in service["security_opt"] for service in services.values())
    ports = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert set(ports) == {"api", "prometheus", "grafana"}
    assert all(port.startswith("127.0.0.1:") for published in ports.values() for port in published)
    assert [services[name]["profiles"] for name in ("prometheus", "grafana")] == [["observability"]] * 2


def test_no_rule_of_kafka_names_everything() -> None:
    names = {topic.name for topic in all_topics()} | {SCORER_GROUP, SINK_GROUP}
    for rule in kafka_access.RULES:
        assert rule.prefixed or rule.name in names
        assert not rule.prefixed or rule.principal == kafka_access.PROVISION


def test_the_documented_rules_are_those_of_the_code() -> None:
    text = (ROOT / "docs/security.md").read_text()
    for rule in kafka_access.RULES:
        operations = ", ".join(rule.operations)
        name = f"{rule.name}*" if rule.prefixed else rule.name
        assert f"| `{rule.principal}` | {rule.resource} `{name}` | {operations} | {rule.why} |" in text


def test_every_table_is_somebodys_or_nobodys_on_purpose() -> None:
    sql = "".join(file.read_text() for file in sorted((ROOT / "schemas/sql").glob("*.sql")))
    tables = set(re.findall(r"^create table (\w+)", sql, re.M))
    tables -= {"requests_default", "predictions_default"}
    granted = " ".join(grant for grants in database_roles.GRANTS.values() for grant in grants)
    assert [table for table in tables if not re.search(rf"\b{table}\b", granted)] == []
