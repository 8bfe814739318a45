"""Writes the report: the page and, if wanted, its figures as JSON; each whole or not at all."""

import json as json_text
from datetime import datetime
from pathlib import Path

from flowserve_ml.files import replaced_whole
from stream_processor.replay.report.figures import Figures, figures
from stream_processor.replay.report.scored import ScoredTable


def write_report(
    candidate: ScoredTable,
    baseline: ScoredTable | None,
    html: Path,
    json: Path | None,
    generated_at: datetime,
) -> Figures:
    """The figures that were written. Equal tables and an equal time give equal bytes.

    Raises ReportError where there is nothing to compare, OSError where a file cannot be written.
    """
    # Loading matplotlib would be a third of the start of a replay that draws nothing.
    from stream_processor.replay.report.page import page

    made = figures(candidate, baseline, generated_at)
    _write(html, page(made))
    if json is not None:
        _write(json, json_text.dumps(made, indent=1, allow_nan=False) + "\n")
    return made


def _write(path: Path, text: str) -> None:
    with replaced_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
