"""The model card: what the manifest says, for people."""

from typing import Any

from flowserve_ml.manifest import Manifest

_CARD = """\
# Model card: {name} {version}

Written by `flowserve-ml train`; the same facts as `manifest.json`, in sentences.

**What it does.** Gives the probability that a card transaction is fraud. From {review:.4f} on a transaction
is reviewed, from {decline:.4f} on it is declined.

Rule of the thresholds: {rule}.

**What it is.** A classifier of {classifier}, served as ONNX ({size:,} bytes).
Inputs, of feature definitions {definitions}: {inputs}.
Its scores are turned back into probabilities on all transactions (keep rate {keep_rate}).

**What it was trained on.** A {source}: {rows:,} of {all_rows:,} transactions, days {train} of {days}.
The first {warm_up} days only filled state, and every row's label was due. Trained {trained_at}.

**How good it is.** Cards already known bad are left out; means of the weeks.

| weeks | average precision | ROC AUC | reviewed | declined | fraud among declined | expected / actual |
|---|---|---|---|---|---|---|
{figures}

Share of frauds that are reviewed or declined, on the last row: {recall}.

**What it is not for.** It sees no terminal features yet, so fraud at a bad terminal with ordinary amounts
looks ordinary to it. If it learned from a simulation, the figures say nothing about a bank's own data, and
the constants of its features must be fitted again there. A review is a person's decision: the score is a
reason to look, no proof.
"""


def model_card(manifest: Manifest) -> str:
    """The text of MODEL_CARD.md."""
    training = manifest.training
    last = list(manifest.metrics.values())[-1]
    return _CARD.format(
        name=manifest.name,
        version=manifest.version,
        review=manifest.policy.review,
        decline=manifest.policy.decline,
        rule=training["policy_rule"],
        classifier=training["classifier"],
        size=training["model_bytes"],
        inputs=", ".join(f"`{feature}`" for feature in manifest.features),
        definitions=manifest.definitions_version,
        keep_rate=manifest.keep_rate,
        source=training["source"],
        rows=training["rows"],
        all_rows=training["transactions"],
        train=f"{training['train_days'][0]} to {training['train_days'][1] - 1}",
        days=training["days"],
        warm_up=training["train_days"][0],
        trained_at=manifest.trained_at,
        figures="\n".join(_line(name, figures) for name, figures in manifest.metrics.items()),
        recall=", ".join(f"{name} {share}" for name, share in last["recall_by_scenario"].items()),
    )


def _line(name: str, figures: dict[str, Any]) -> str:
    columns = (
        name.replace("_", " "),
        figures["average_precision"],
        figures["roc_auc"],
        f"{figures['review_share']:.3%}",
        f"{figures['decline_share']:.3%}",
        figures["decline_precision"],
        figures["expected_to_actual_frauds"],
    )
    return "| " + " | ".join(str(column) for column in columns) + " |"
