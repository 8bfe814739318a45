"""The report as one HTML page that needs nothing else: sections in the order in which an analyst asks."""

import html
from importlib.resources import files
from typing import Any

from stream_processor.replay.report import charts, page_changes, page_quality
from stream_processor.replay.report.elements import (
    Markup,
    amount,
    cell,
    figure,
    paragraph,
    percent,
    pill,
    section,
    table,
    tile,
    warning,
)

Figures = dict[str, Any]

_FULLY_LABELLED = 0.99


def page(figures: Figures) -> str:
    """The whole document."""
    style = files("stream_processor.replay.report").joinpath("style.css").read_text()
    parts = [_compared(figures)]
    if "flips" in figures:
        parts += [_flips(figures), _shift(figures)]
    else:
        caption = "How often each score occurs, in steps of 0.02; the axis is logarithmic."
        parts.append(section("Scores", figure(charts.histogram(figures), caption)))
    parts.append(_money(figures))
    if "quality" in figures:
        parts += page_quality.sections(figures)
    if "features" in figures:
        parts.append(page_changes.features(figures))
        parts.append(page_changes.examples(figures))
    title = html.escape(_title(figures))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>\n{style}</style></head><body>\n"
        f"<header><h1>{title}</h1>{_legend(figures)}</header>\n"
        f"{''.join(_warnings(figures))}{_tiles(figures)}\n" + "\n".join(parts) + "\n</body></html>\n"
    )


def _title(figures: Figures) -> str:
    names = [side["name"] for side in reversed(figures["sides"].values())]
    return "Replay: " + " against ".join(names)


def _legend(figures: Figures) -> Markup:
    sides = [
        f'<span class="key {name}"></span>{name}: {cell(side["name"])}, {cell(side["model"])}'
        for name, side in figures["sides"].items()
    ]
    return Markup(f'<p class="soft">{"<br>".join(sides)}<br>report of {figures["generated_at"]}</p>')


def _warnings(figures: Figures) -> list[Markup]:
    found = [
        f"{side['name']}: {side['partial']}. The figures speak of that part only."
        for side in figures["sides"].values()
        if side["partial"]
    ]
    labels = figures["labels"]
    told = labels["fraud"] + labels["genuine"]
    if told and told < _FULLY_LABELLED * figures["compared"]["transactions"]:
        share = percent(told, figures["compared"]["transactions"])
        found.append(
            f"Only {share} of the transactions are labelled. What is said of fraud speaks of those alone, "
            "and people report what looks like fraud: precision on all transactions is lower."
        )
    if labels["contradicted"]:
        found.append(f"The sides disagree on {labels['contradicted']:,} labels; the candidate's count.")
    return [warning(text) for text in found]


def _tiles(figures: Figures) -> Markup:
    compared = figures["compared"]["transactions"]
    tiles = [tile(compared, "transactions compared" if "flips" in figures else "transactions scored")]
    if "flips" in figures:
        flipped, shift = figures["flips"]["flipped"], figures["shift"]
        tiles.append(tile(flipped, "decisions changed", percent(flipped, compared)))
        tiles.append(tile(f"{shift['psi']:.3f}", "PSI of the scores", "by the baseline's deciles"))
    declined = {name: side["decline"]["cents"] for name, side in figures["money"].items()}
    before = f"baseline {amount(declined['baseline'])}" if "baseline" in declined else ""
    tiles.append(tile(amount(declined["candidate"]), f"{figures['currency']} declined", before))
    if "quality" in figures:
        found = {name: figures["quality"][name]["ranking"]["average_precision"] for name in figures["sides"]}
        before = f"baseline {found['baseline']:.4f}" if "baseline" in found else ""
        tiles.append(tile(found["candidate"], "average precision", before))
    return Markup(f'<div class="tiles">{"".join(tiles)}</div>')


def _compared(figures: Figures) -> Markup:
    sides = figures["sides"]
    rows: list[tuple[object, ...]] = [
        (title, *(side[key] for side in sides.values()))
        for title, key in (
            ("source", "source"),
            ("run", "run_id"),
            ("client", "client_id"),
            ("model", "model"),
            ("review from", "review"),
            ("decline from", "decline"),
            ("first transaction", "from"),
            ("last transaction", "to"),
        )
    ]
    for status in ("scored", "duplicate", "rejected"):
        rows.append((status, *(side["counts"][status] for side in sides.values())))
    rows.append(("late", *(side["late"] for side in sides.values())))
    compared = figures["compared"]
    lines = [table(["", *sides], rows, "text")]
    if "flips" in figures:
        lines.append(
            paragraph(
                f"{compared['transactions']:,} transactions were scored by both and are compared below; "
                f"{compared['only_candidate']:,} were scored by the candidate alone, "
                f"{compared['only_baseline']:,} by the baseline alone."
            )
        )
    if compared["repeated"]:
        lines.append(
            paragraph(
                f"{compared['repeated']:,} rows score a transaction again; the first score of each counts."
            )
        )
    return section("What was compared", *lines)


def _flips(figures: Figures) -> Markup:
    flips, names = figures["flips"], figures["flips"]["decisions"]
    head = ["baseline \\ candidate", *(pill(name) for name in names)]

    def grid(cells: list[list[int]], show: Any) -> Markup:  # noqa: ANN401
        return table(
            head,
            [
                (
                    pill(name),
                    *(
                        Markup(f'<span class="changed">{show(value)}</span>')
                        if column != row and value
                        else show(value)
                        for column, value in enumerate(cells[row])
                    ),
                )
                for row, name in enumerate(names)
            ],
        )

    return section(
        "Decisions that change",
        paragraph(
            f"{flips['flipped']:,} of {flips['compared']:,} decisions "
            f"({percent(flips['flipped'], flips['compared'])}) are different. A row is what the baseline "
            "decided, a column what the candidate decides; what changed is marked."
        ),
        grid(flips["counts"], cell),
        Markup(f"<h3>The same in {cell(figures['currency'])}</h3>"),
        grid(flips["cents"], amount),
    )


def _shift(figures: Figures) -> Markup:
    shift = figures["shift"]
    rows = [
        ("mean score", shift["baseline_mean"], shift["candidate_mean"], f"{shift['mean_shift']:+.4f}"),
    ]
    return section(
        "Scores",
        figure(
            charts.histogram(figures),
            "How often each score occurs, in steps of 0.02; the axis is logarithmic.",
        ),
        table(["", "baseline", "candidate", "shift"], rows),
        paragraph(
            f"A score changes by {shift['mean_absolute_shift']:.4f} on average and by "
            f"{shift['largest_shift']:.4f} at most; {shift['equal_scores']:,} are exactly equal."
        ),
        figure(
            charts.stability(figures),
            "Share of the transactions in each part of the baseline's scores, cut at its deciles. PSI is the "
            f"sum of (c - b) ln(c / b) over these parts: {shift['psi']:.4f}. Below 0.1 is usually called "
            "stable, above 0.25 a shift to look into. It hardly sees the few high scores.",
        ),
    )


def _money(figures: Figures) -> Markup:
    sides = figures["money"]
    rows: list[tuple[object, ...]] = []
    for decision in ("approve", "review", "decline"):
        cells = [
            value
            for side in sides.values()
            for value in (side[decision]["transactions"], amount(side[decision]["cents"]))
        ]
        rows.append((pill(decision), *cells))
    head = ["", *(text for name in sides for text in (name, figures["currency"]))]
    caption = "What is held back, in the base currency"
    caption += (
        ", and what it was where the label is known (caught: reviewed or declined)."
        if "quality" in figures
        else "."
    )
    return section("Money at stake", table(head, rows), figure(charts.money(figures), caption))
