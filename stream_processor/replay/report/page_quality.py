"""The sections of the page that need labels: ranking, confusion by threshold, and money by what it was."""

from typing import Any

from stream_processor.replay.report import charts
from stream_processor.replay.report.elements import Markup, amount, figure, paragraph, section, table

Figures = dict[str, Any]

_RANKING = (
    ("average precision", "average_precision"),
    ("ROC AUC", "roc_auc"),
    ("card precision@100", "card_precision_100"),
)
_MONEY = (
    ("fraud caught (reviewed or declined)", "fraud_caught"),
    ("of which declined", "fraud_declined"),
    ("fraud missed (approved)", "fraud_missed"),
    ("genuine, declined wrongly", "genuine_declined"),
    ("genuine, waiting for a review", "genuine_reviewed"),
)


def sections(figures: Figures) -> list[Markup]:
    """For figures that have a `quality`."""
    return [_ranking(figures), _known_money(figures), _confusion(figures)]


def _ranking(figures: Figures) -> Markup:
    quality, labels = figures["quality"], figures["labels"]
    sides = list(figures["sides"])
    rows = [
        (
            title,
            *(quality[side]["ranking"][key] for side in sides),
            *(quality[side]["ranking_without_blocked_cards"][key] for side in sides),
        )
        for title, key in _RANKING
    ]
    head = ["", *sides, *(f"{side}, open cards" for side in sides)]
    days = figures["sides"]["candidate"]["label_delay_days"]
    return section(
        "How well frauds are ranked first",
        paragraph(
            f"{labels['fraud']:,} frauds and {labels['genuine']:,} genuine transactions are labelled. "
            f"“Open cards” leaves out {quality['blocked_cards_rows']:,} transactions of cards whose fraud "
            f"had been known by that day ({days:g} days after it): they would have been blocked."
        ),
        table(head, rows),
        figure(
            charts.precision_recall(figures),
            "Precision over recall as the threshold falls. The dot is what was really reviewed or declined.",
        ),
    )


def _known_money(figures: Figures) -> Markup:
    quality, sides = figures["quality"], list(figures["sides"])
    rows: list[tuple[object, ...]] = []
    for title, key in _MONEY:
        sums = [quality[side]["money"][key] for side in sides]
        cells = [value for each in sums for value in (each["transactions"], amount(each["cents"]))]
        if len(sums) == 2:
            cells.append(_signed(sums[1]["cents"] - sums[0]["cents"]))
        rows.append((title, *cells))
    head = ["", *(text for side in sides for text in (side, figures["currency"]))]
    return section("What the money was", table([*head, "change"] if len(sides) == 2 else head, rows))


def _confusion(figures: Figures) -> Markup:
    quality = figures["quality"]
    parts = [
        paragraph(
            "How many transactions would be flagged if everything from a threshold on were; the first two "
            "lines are what was really decided."
        )
    ]
    for side, about in figures["sides"].items():
        named = {about["review"]: " (review)", about["decline"]: " (decline)"}
        lines = [("reviewed or declined", quality[side]["decided"]["review_or_decline"])]
        lines.append(("declined", quality[side]["decided"]["decline"]))
        lines += [
            (f"{line['threshold']:g}{named.get(line['threshold'], '')}", line)
            for line in quality[side]["by_threshold"]
        ]
        parts.append(Markup(f'<h3><span class="key {side}"></span>{side}</h3>'))
        parts.append(table(_HEAD, [_line(title, line) for title, line in lines]))
    return section("Confusion by threshold", *parts)


_HEAD = (
    "flagged from",
    "fraud flagged",
    "fraud passed",
    "genuine flagged",
    "genuine passed",
    "precision",
    "recall",
)


def _line(title: str, line: dict[str, Any]) -> tuple[object, ...]:
    counts = (line[key] for key in ("fraud_flagged", "fraud_passed", "genuine_flagged", "genuine_passed"))
    return title, *counts, line["precision"], line["recall"]


def _signed(cents: int) -> str:
    return ("+" if cents > 0 else "") + amount(cents)
