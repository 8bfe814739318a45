"""The model card: what the manifest and the study say, for people; `card_study` has the study's part."""

from typing import Any

from flowserve_ml.card_study import study_sections, table
from flowserve_ml.manifest import Manifest

CARD_FILE = "MODEL_CARD.md"
STUDY_FILE = "study.json"

_UNKNOWN = "not known at these thresholds"

_CARD = """\
# Model card: {name} {version}

Written by `flowserve-ml train`; the same facts as `manifest.json`, in sentences.

**What it does.** Gives the probability that a card transaction is fraud. From {review:.4f} on a transaction
is reviewed, from {decline:.4f} on it is declined.

Rule of the thresholds: {rule}. {changed}They can be changed without training again (`flowserve-ml policy`).

**What it is.** A classifier of {classifier}, served as ONNX ({size:,} bytes).
Inputs, of feature definitions {definitions}: {inputs}.
Its scores are turned back into probabilities on all transactions (keep rate {keep_rate}).

**What it was trained on.** A {source}: {rows:,} of {all_rows:,} transactions, days {train} of {days}.
The first {warm_up} days only filled state, and every row's label was due. Trained {trained_at}.

## How good it is

Cards already known bad are left out. Means of the weeks (average precision, ROC AUC) and days (card precision
among the 100 highest cards), with 95 % intervals by resampling cards. Thresholds and settings were chosen on
the validation weeks only.

{figures}

Share of frauds that are reviewed or declined ({last}): {recall}.

"Share of the optimum" compares with the best possible (Bayes-optimal) scorer of the simulation, which knows
its recipe and every customer's true mean amount, but labels only when they are due. Nothing without a leak
can lie above it beyond noise.

{ceiling}

## Calibration ({last})

Brier score {brier}; the sum of the scores is {expected} times the number of frauds.

{reliability}

## Segments ({last})

Who is flagged (review or decline) wrongly, and who slips through. New customers are compared with a prior of
53.00, so their first large amounts look more unusual than they are; a terminal without a due label gives no
evidence, so only the customer's side speaks there.

{segments}
{study}
## Limits

- A terminal's first bad week cannot be known: no label is due yet and the amounts are ordinary.
- It needs 37 days of transactions and labels before it is at its best.
- If it learned from a simulation, the figures say nothing about a bank's own data, and the constants of its
  features must be fitted again there. A review is a person's decision: the score is no proof.
"""


def model_card(manifest: Manifest, study: dict[str, Any]) -> str:
    """The text of MODEL_CARD.md; `study` may be empty."""
    training = manifest.training
    last, figures = list(manifest.metrics.items())[-1]
    return _CARD.format(
        name=manifest.name,
        version=manifest.version,
        review=manifest.policy.review,
        decline=manifest.policy.decline,
        rule=training["policy_rule"],
        changed=_changed(training),
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
        figures=_figures(manifest.metrics),
        last=last.replace("_", " "),
        recall=", ".join(f"{name} {share}" for name, share in figures.get("recall_by_scenario", {}).items())
        or _UNKNOWN,
        ceiling=_ceiling(manifest.metrics),
        brier=figures["brier_score"],
        expected=figures["expected_to_actual_frauds"],
        reliability=table(
            ("score from", "to", "transactions", "mean score", "fraud share"),
            [tuple(line.values()) for line in figures["reliability"]],
        ),
        segments=_segments(figures),
        study=study_sections(study, training.get("random_labels")),
    )


def _figures(metrics: dict[str, Any]) -> str:
    head = ("weeks", "average precision", "card precision@100", "ROC AUC", "reviewed", "declined")
    lines = [
        (
            name.replace("_", " "),
            f"{figures['average_precision']} {figures['average_precision_interval']}",
            f"{figures['card_precision_100']} {figures['card_precision_100_interval']}",
            figures["roc_auc"],
            _rate(figures, "review"),
            _rate(figures, "decline"),
        )
        for name, figures in metrics.items()
    ]
    return table(head, lines)


def _rate(figures: dict[str, Any], decision: str) -> str:
    share = figures.get(f"{decision}_share")
    return _UNKNOWN if share is None else f"{share:.3%} (fraud: {figures[f'{decision}_precision']})"


def _segments(figures: dict[str, Any]) -> str:
    if "segments" not in figures:
        return f"These figures are {_UNKNOWN}."
    return table(
        ("segment", "transactions", "fraud share", "frauds flagged", "genuine flagged"),
        [
            (name, *("none here" if value is None else value for value in entry.values()))
            for name, entry in figures["segments"].items()
        ],
    )


def _changed(training: dict[str, Any]) -> str:
    if "policy_changed" not in training:
        return ""
    changed = training["policy_changed"]
    return f"They were changed at {changed['at']}; the trees are those of version {changed['from']}. "


def _ceiling(metrics: dict[str, Any]) -> str:
    head = ("weeks", "optimum: average precision", "share", "optimum: card precision@100", "share")
    lines = [
        (
            name.replace("_", " "),
            figures["optimum"]["average_precision"],
            figures["share_of_optimum"]["average_precision"],
            figures["optimum"]["card_precision_100"],
            figures["share_of_optimum"]["card_precision_100"],
        )
        for name, figures in metrics.items()
        if "optimum" in figures
    ]
    return table(head, lines) if lines else "It is not known for these transactions."
