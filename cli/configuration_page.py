"""`python -m cli.configuration_page`: writes `docs/configuration.md` from the settings classes."""

from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from cli.env_example import CLASSES, COMPOSE, names

FILE = Path(__file__).parents[1] / "docs" / "configuration.md"

_HEAD = """\
# Configuration

Every setting, written by `make schemas` from the settings classes; not by hand. A process reads its
environment once, when it starts, and refuses a value that cannot be with a sentence that says why. PostgreSQL
is named by the usual `PG*` variables, which every process that needs it reads. What is secret is listed in
[security.md](security.md#secrets). A setting that several read stands where it comes first, and again where
it means something else.
"""

_COMPOSE = """
## Compose

Read by `docker-compose.yml` alone, from `.env` beside it. Of the settings above it takes from there
`FLOWSERVE_PAYLOAD_KEY`, which must be set, `FLOWSERVE_LOG_LEVEL` and `FLOWSERVE_API_PORT`; any other goes
under `environment:` of its service ([containers.md](containers.md#other-settings)).

"""
_TABLE = "| Setting | Default | What it does |\n|---|---|---|\n"


def text() -> str:
    """The whole page."""
    parts, seen = [_HEAD], dict[str, str | None]()
    for title, settings in CLASSES:
        fields = {
            name: field for name, field in names(settings).items() if seen.get(name) != field.description
        }
        seen = {name: field.description for name, field in fields.items()} | seen
        rows = (
            f"| `{name}` | {_default(field)} | {field.description or ''} |\n"
            for name, field in fields.items()
        )
        parts += [f"\n## {title[0].upper()}{title[1:]}\n\n{_TABLE}", *rows]
    parts += [_COMPOSE, _TABLE]
    parts += [
        f"| `{name}` | {f'`{default}`' if default else 'must be set'} | {words} |\n"
        for name, default, words in COMPOSE
    ]
    return "".join(parts)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be set"
    default = field.default
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    return "" if field.default_factory or default in (None, "") else f"`{default}`"


def main() -> None:
    """Writes the file."""
    FILE.write_text(text())


if __name__ == "__main__":
    main()
