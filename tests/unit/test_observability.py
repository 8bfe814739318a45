"""Dashboard, alerts and documents speak of metrics that exist, and of all alerts there are."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from schemas.metrics import METRICS

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "observability/prometheus"
GRAFANA = ROOT / "observability/grafana"


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    board = json.loads((GRAFANA / "dashboards/flowserve.json").read_text())
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def undeclared(expression: str) -> set[str]:
    """The metrics of a PromQL expression that nobody declares, and labels that they do not have."""
    found = set()
    for name, selector in re.findall(r"\b((?:flowserve|process)_\w+)(?:\{([^}]*)\})?", expression):
        metric = METRICS.get(re.sub(r"_bucket$", "", name)) or METRICS.get(name)
        if metric is None:
            found.add(name)
            continue
        labels = set(re.findall(r"(\w+)\s*[=!]", selector)) - {"instance", "job"}
        found |= {f"{name}{{{label}}}" for label in labels - {metric.label}}
    return found


def test_every_metric_of_an_alert_is_declared() -> None:
    assert [rule["alert"] for rule in alerts() if undeclared(rule["expr"])] == []


def test_every_metric_of_the_dashboard_is_declared() -> None:
    expressions = [target["expr"] for panel in panels() for target in panel["targets"]]
    assert len(expressions) > 40
    assert [expression for expression in expressions if undeclared(expression)] == []


def test_the_panels_have_a_place_of_their_own_and_say_what_they_show() -> None:
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels()]
    assert len(set(places)) == len(places)
    assert [panel["title"] for panel in panels() if not panel["description"].endswith(".")] == []


def test_every_alert_has_its_section_in_the_runbook_and_the_other_way_round() -> None:
    names = [rule["alert"] for rule in alerts()]
    sections = re.findall(r"^### (\w+)\n\n\*(page|ticket)\.\*", (ROOT / "docs/runbook.md").read_text(), re.M)
    assert len(set(names)) == len(names)
    assert dict(sections) == {rule["alert"]: rule["labels"]["severity"] for rule in alerts()}


def test_the_links_within_the_runbook_lead_to_a_section() -> None:
    text = (ROOT / "docs/runbook.md").read_text()
    sections = {name.lower() for name in re.findall(r"^#+ (\w+)$", text, re.M)}
    assert set(re.findall(r"\(#(\w+)\)", text)) <= sections


def test_every_alert_is_tested_to_fire_and_not_to_fire() -> None:
    tests = yaml.safe_load((PROMETHEUS / "alerts_test.yml").read_text())["tests"]
    tried = {
        (case["alertname"], bool(case["exp_alerts"])) for test in tests for case in test["alert_rule_test"]
    }
    assert tried == {(rule["alert"], fires) for rule in alerts() for fires in (True, False)}


def test_the_documented_metrics_are_the_declared_ones() -> None:
    text = (ROOT / "docs/observability.md").read_text()
    rows = re.findall(r"^\| `((?:flowserve|process)_\w+)` \| (.*) \| (.*) \|$", text, re.M)
    kinds = {
        name: metric.kind + (f", by {metric.label}" if metric.label else "")
        for name, metric in METRICS.items()
    }
    assert rows == [(name, kinds[name], metric.help) for name, metric in METRICS.items()]


def test_grafana_is_given_its_source_and_its_dashboard() -> None:
    source = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())
    uid = source["datasources"][0]["uid"]
    assert {panel["datasource"]["uid"] for panel in panels()} == {uid}
    provider = yaml.safe_load((GRAFANA / "provisioning/dashboards/flowserve.yml").read_text())
    mounts = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["grafana"]["volumes"]
    path = provider["providers"][0]["options"]["path"]
    assert f"./observability/grafana/dashboards:{path}:ro" in mounts


def test_prometheus_scrapes_the_ports_that_the_compose_file_opens() -> None:
    scraped = {
        job["job_name"].removeprefix("flowserve-"): job
        for job in yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["scrape_configs"]
    }
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    for name in ("scorer", "sink"):
        given = services[name]["environment"]
        assert given[f"FLOWSERVE_{name.upper()}_METRICS_PORT"] == scraped[name]["dns_sd_configs"][0]["port"]
        assert "ports" not in services[name]
