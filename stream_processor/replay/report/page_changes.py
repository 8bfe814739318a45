"""The sections of the page that look at single transactions: features that differ, decisions that flipped."""

from typing import Any

from stream_processor.replay.report.elements import Markup, amount, cell, paragraph, pill, section, table

Figures = dict[str, Any]

_WAS = {True: "fraud", False: "genuine", None: None}


def features(figures: Figures) -> Markup:
    """What was computed differently for the same transactions."""
    found = figures["features"]
    if not found:
        return section("Features", paragraph("Every feature of every compared transaction is equal."))
    rows = [
        (
            row["feature"],
            row["transactions"],
            row["only_candidate"],
            row["only_baseline"],
            None if row["largest_difference"] is None else f"{row['largest_difference']:,.4g}",
        )
        for row in found
    ]
    head = ["feature", "differ", "only candidate has it", "only baseline has it", "largest difference"]
    return section(
        "Features",
        paragraph(
            "The same transactions were given other features: the sides saw another history (another start, "
            "other labels) or were computed by another version. Score changes may come from that alone."
        ),
        table(head, rows),
    )


def examples(figures: Figures) -> Markup:
    """The decisions that flipped with the largest changes of score, and with the largest amounts."""
    flips = figures["flips"]
    if not flips["flipped"]:
        return section("Examples", paragraph("No decision changed."))
    return section(
        "Examples",
        Markup("<h3>Decisions that changed, largest change of the score first</h3>"),
        _examples(flips["largest_score_differences"]),
        Markup(f"<h3>Decisions that changed, largest amount ({cell(figures['currency'])}) first</h3>"),
        _examples(flips["largest_amounts"]),
    )


def _examples(rows: list[dict[str, Any]]) -> Markup:
    head = ["transaction", "baseline", "candidate", "amount", "was", "customer, terminal, time"]
    return table(
        head,
        [
            (
                row["transaction_id"],
                _decided(row["baseline"]),
                _decided(row["candidate"]),
                amount(row["cents"]),
                _WAS[row["is_fraud"]],
                f"{row['customer_id']}, {row['terminal_id']}, {row['occurred_at']}",
            )
            for row in rows
        ],
        "text",
    )


def _decided(side: dict[str, Any]) -> Markup:
    reasons = f"<br><small>{cell(', '.join(side['reasons']))}</small>" if side["reasons"] else ""
    return Markup(f"{pill(side['decision'])} {side['score']:.4f}{reasons}")
