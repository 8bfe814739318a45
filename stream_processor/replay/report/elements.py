"""Pieces of HTML: escaped text, numbers as people read them, tables."""

import html
from collections.abc import Iterable, Sequence


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def cell(value: object) -> str:
    """A value for the page: numbers with thousands, nothing as a dash, all other text escaped."""
    if isinstance(value, Markup):
        return value
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.4f}"
    return html.escape(str(value))


def table(head: Sequence[object], rows: Iterable[Sequence[object]], kind: str = "") -> Markup:
    """A table that scrolls by itself where the screen is too narrow; the first column names the row."""
    heads = "".join(f'<th scope="col">{cell(text)}</th>' for text in head)
    body = "".join(
        "<tr>"
        + f'<th scope="row">{cell(row[0])}</th>'
        + "".join(f"<td>{cell(value)}</td>" for value in row[1:])
        + "</tr>"
        for row in rows
    )
    return Markup(
        f'<div class="wide"><table class="{kind}"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def paragraph(*parts: object) -> Markup:
    """A paragraph of text and markup."""
    return Markup(f"<p>{''.join(cell(part) for part in parts)}</p>")


def figure(svg: str, caption: str) -> Markup:
    """A chart with what it shows."""
    return Markup(f"<figure>{svg}<figcaption>{html.escape(caption)}</figcaption></figure>")


def section(title: str, *parts: Markup) -> Markup:
    """A heading and what belongs under it."""
    return Markup(f"<section><h2>{html.escape(title)}</h2>{''.join(parts)}</section>")


def tile(value: object, name: str, note: str = "") -> Markup:
    """One number that tells much."""
    return Markup(
        f'<div class="tile"><b>{cell(value)}</b><span>{html.escape(name)}</span>'
        f"<small>{html.escape(note)}</small></div>"
    )


def pill(decision: str) -> Markup:
    """A decision in its colour."""
    return Markup(f'<span class="pill {html.escape(decision)}">{html.escape(decision)}</span>')


def warning(text: str) -> Markup:
    """Something that the reader must know before trusting the numbers."""
    return Markup(f'<p class="warning">{html.escape(text)}</p>')


def amount(cents: int) -> str:
    """Major units with thousands: 1,234.50; nothing, and from ten thousand on, without decimals."""
    return f"{cents / 100:,.0f}" if not cents or abs(cents) >= 1_000_000 else f"{cents / 100:,.2f}"


def percent(part: int, whole: int) -> str:
    """A share; small ones keep two figures that count."""
    if not whole:
        return "–"
    share = 100 * part / whole
    return f"{share:.2g} %" if 0 < share < 0.1 else f"{share:.1f} %"
