"""The model card: what the manifest and the study say, for people."""

from typing import Any

from flowserve_ml.manifest import Manifest

CARD_FILE = "MODEL_CARD.md"

_CARD = """\
# Model card: {name} {version}

Written by `flowserve-ml train`; the same facts as `manifest.json`, in sentences.

**What it does.** Gives the probability that a card transaction is fraud. From {review:.4f} on a transaction
is reviewed, from {decline:.4f} on it is declined.

Rule of the thresholds: {rule}. They can be changed in the manifest without training again.

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

_SHUFFLED = """
Trained on shuffled labels it reaches average precision {reached} (a random order: about {chance}). It is
above a random order because rare rows, large amounts among them, get extreme scores by luck. The check
refuses a fifth of the honest figure; it would show memorised rows, not a label hidden among the features.
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
        recall=", ".join(f"{name} {share}" for name, share in figures["recall_by_scenario"].items()),
        ceiling=_ceiling(manifest.metrics),
        brier=figures["brier_score"],
        expected=figures["expected_to_actual_frauds"],
        reliability=_table(
            ("score from", "to", "transactions", "mean score", "fraud share"),
            [tuple(line.values()) for line in figures["reliability"]],
        ),
        segments=_table(
            ("segment", "transactions", "fraud share", "frauds flagged", "genuine flagged"),
            [(name, *entry.values()) for name, entry in figures["segments"].items()],
        ),
        study=_study(study, figures["fraud_share"]),
    )


def _figures(metrics: dict[str, Any]) -> str:
    head = ("weeks", "average precision", "card precision@100", "ROC AUC", "reviewed", "declined")
    lines = [
        (
            name.replace("_", " "),
            f"{figures['average_precision']} {figures['average_precision_interval']}",
            f"{figures['card_precision_100']} {figures['card_precision_100_interval']}",
            figures["roc_auc"],
            f"{figures['review_share']:.3%} (fraud: {figures['review_precision']})",
            f"{figures['decline_share']:.3%} (fraud: {figures['decline_precision']})",
        )
        for name, figures in metrics.items()
    ]
    return _table(head, lines)


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
    return _table(head, lines) if lines else "It is not known for these transactions."


def _study(study: dict[str, Any], chance: float) -> str:
    parts = []
    for title, name in (
        ("Feature groups", "feature_groups"),
        ("Model families on the same features", "model_families"),
        ("Other seeds of the model", "seeds"),
    ):
        if name in study:
            columns = list(next(iter(study[name].values())))
            lines = [(key, *figures.values()) for key, figures in study[name].items()]
            head = ("", *(column.replace("_", " ") for column in columns))
            parts.append(f"\n## {title}\n\n{_table(head, lines)}\n")
    if "shuffled_labels_average_precision" in study:
        parts.append(_SHUFFLED.format(reached=study["shuffled_labels_average_precision"], chance=chance))
    return "".join(parts)


def _table(head: tuple[str, ...], lines: list[tuple[Any, ...]]) -> str:
    rows = [head, ("---",) * len(head), *lines]
    return "\n".join("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)
