"""Puts the table into docs/performance.md, so that what is written about is what was measured."""

from pathlib import Path

DOCUMENT = Path("docs/performance.md")
_BEGIN, _END = "<!-- figures: written by `make bench` -->", "<!-- end of figures -->"


def put(table: str, path: Path = DOCUMENT) -> None:
    """Between its two marks. Raises ValueError where they are missing."""
    before, begin, rest = path.read_text().partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise ValueError(f"{path} has no place for the figures")
    path.write_text(f"{before}{begin}\n{table}\n{end}{after}")
