"""`python -m cli.env_example`: writes `.env.example` from the settings classes, so that they agree."""

import textwrap
from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from cli.settings import ConsoleSettings
from ingest_api.settings import ApiSettings
from local_stack.settings import Settings as LocalStackSettings
from schemas.settings import ProcessSettings
from stream_processor.provision.settings import ProvisionSettings
from stream_processor.scorer.settings import ScorerSettings
from stream_processor.sink.settings import SinkSettings

FILE = Path(__file__).parents[1] / ".env.example"

CLASSES: tuple[tuple[str, type[BaseSettings]], ...] = (
    ("every process", ProcessSettings),
    ("the API", ApiSettings),
    ("the scorer", ScorerSettings),
    ("the sink", SinkSettings),
    ("provisioning", ProvisionSettings),
    ("the commands of `flowserve`", ConsoleSettings),
    ("the local stack (`make up`)", LocalStackSettings),
)

_HEAD = """\
# Every setting of FlowServe with its default, written by `make schemas` from the settings classes.
# Copy to `.env` for `docker compose`, and set the two secrets; everything else may stay as it is.

# PostgreSQL, by its usual names; asyncpg reads them itself. The local stack sets them for its processes.
POSTGRES_PASSWORD=
#PGHOST=127.0.0.1
#PGPORT=5432
#PGUSER=flowserve
#PGPASSWORD=
#PGDATABASE=flowserve
#PGSSLMODE=
#PGSSLROOTCERT=

# Secret key of the HMAC that stands for a refused payload; any long random text.
FLOWSERVE_PAYLOAD_KEY=
"""


def names(settings: type[BaseSettings]) -> dict[str, FieldInfo]:
    """Environment name to field, as pydantic-settings reads them."""
    prefix = settings.model_config.get("env_prefix", "")
    return {
        str(field.validation_alias or f"{prefix}{name}".upper()): field
        for name, field in settings.model_fields.items()
    }


def text() -> str:
    """The whole file; a setting that several processes share stands where it comes first."""
    parts, seen = [_HEAD], {"FLOWSERVE_PAYLOAD_KEY", "PGHOST"}
    for title, settings in CLASSES:
        parts.append(f"\n# --- {title} ---\n")
        for name, field in names(settings).items():
            if name not in seen:
                seen.add(name)
                parts.append(_entry(name, field))
    return "".join(parts)


def _entry(name: str, field: FieldInfo) -> str:
    words = textwrap.fill(field.description or "", 106, initial_indent="# ", subsequent_indent="# ")
    default = "" if field.default_factory or field.default is None else field.default
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    return f"{words}\n#{name}={default}\n"


def main() -> None:
    """Writes the file."""
    FILE.write_text(text())


if __name__ == "__main__":
    main()
