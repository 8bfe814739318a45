"""Puts a table into a document, so that what is written about is what was measured."""

from pathlib import Path

DOCUMENT = Path("docs/performance.md")
_END = "<!-- end of figures -->"


def put(table: str, path: Path = DOCUMENT, command: str = "make bench") -> None:
    """Between its two marks; the first names the command. Raises ValueError where they are missing."""
    before, begin, rest = path.read_text().partition(f"<!-- figures: written by `{command}` -->")
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise ValueError(f"{path} has no place for the figures")
    path.write_text(f"{before}{begin}\n{table}\n{end}{after}")
