"""The part of the model card that says where the score comes from and what the leak checks found."""

from collections.abc import Sequence
from typing import Any

_TABLES = (
    ("Feature groups", "feature_groups"),
    ("Model families on the same features", "model_families"),
    ("Other seeds of the model", "seeds"),
)

_SPREAD = """
## Other data

Each data set in turn trains a model, which is judged on the others: customers, terminals and frauds that it
has not seen.

{each}
"""

_SHARES = """
Shares of the optimum over all of them:

{shares}
"""

_DELAY = """
**Without the label delay** (terminals learn every label at once, test weeks of the training data) average
precision is {without} instead of {honest}. {shares}
"""

_RANDOM_LABELS = """
**With random labels** (shuffled over the whole log before the features are folded) nothing honest can
foretell a fraud: on {transactions:,} transactions of the validation and test weeks, {frauds:,} of them frauds
by the draw, ROC AUC is {roc_auc} (0.5 by chance, at most {roc_auc_limit} by luck), average precision
{average_precision} ({average_precision_by_chance} by chance, at most {average_precision_limit} by luck).
"""


def study_sections(study: dict[str, Any], random_labels: dict[str, Any] | None) -> str:
    """Sections of the study and of the leak checks; what is empty or None is left out."""
    parts = [f"\n## {title}\n\n{_entries(study[name])}\n" for title, name in _TABLES if name in study]
    if "other_data" in study:
        parts.append(_SPREAD.format(each=_entries(study["other_data"]["pairs"])))
        lines = [(_words(name), *figures.values()) for name, figures in study["other_data"]["shares"].items()]
        if lines:
            parts.append(_SHARES.format(shares=table(("", "mean", "least", "greatest"), lines)))
    checks = ""
    if "label_delay" in study:
        checks += _delay(study["label_delay"])
    if random_labels is not None:
        checks += _RANDOM_LABELS.format(**random_labels)
    return "".join(parts) + (f"\n## Leak checks\n{checks}" if checks else "")


def table(head: tuple[str, ...], lines: Sequence[tuple[Any, ...]]) -> str:
    """A table in Markdown."""
    rows = [head, ("---",) * len(head), *lines]
    return "\n".join("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)


def _entries(entries: dict[str, dict[str, float]]) -> str:
    columns = next(iter(entries.values()))
    lines = [(_words(name), *figures.values()) for name, figures in entries.items()]
    return table(("", *(_words(column) for column in columns)), lines)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _delay(found: dict[str, Any]) -> str:
    shares = ""
    if "alarm_rings" in found:
        rings = "the alarm would ring" if found["alarm_rings"] else "too few rows for the alarm to ring"
        shares = (
            f"That is {found['without']['average_precision_share']} times the best possible\nscorer's "
            f"instead of {found['with']['average_precision_share']}: {rings}."
        )
    return _DELAY.format(
        without=found["without"]["average_precision"],
        honest=found["with"]["average_precision"],
        shares=shares,
    )
