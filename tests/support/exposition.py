"""What a process shows to Prometheus, read as Prometheus reads it."""

import httpx
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from schemas.metrics import LABELS, METRICS


def samples(text: str) -> list[Sample]:
    """Every sample of an exposition."""
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]


def undeclared(text: str) -> set[str]:
    """The samples that `schemas.metrics` does not declare, by name or by value of a label."""
    found = set()
    for sample in samples(text):
        name = sample.name
        for part in ("_bucket", "_count", "_sum"):
            if sample.name.removesuffix(part) in METRICS:
                name = sample.name.removesuffix(part)
        labels = {label: value for label, value in sample.labels.items() if label != "le"}
        metric = METRICS.get(name)
        if metric is None or set(labels) != ({metric.label} if metric.label else set()):
            found.add(sample.name)
            continue
        for label, value in labels.items():
            allowed = LABELS[label]
            if allowed is not None and value not in allowed:
                found.add(f"{sample.name}{{{value}}}")
    return found


async def value(client: httpx.AsyncClient, url: str, name: str, **labels: str) -> float:
    """The sum of a metric's samples that have these labels; 0 without any."""
    text = (await client.get(url)).raise_for_status().text
    return sum(
        sample.value
        for sample in samples(text)
        if sample.name == name and labels.items() <= sample.labels.items()
    )
