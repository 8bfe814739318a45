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

COMPOSE = (
    ("POSTGRES_PASSWORD", "", "Password of the PostgreSQL that Compose starts."),
    (
        "GRAFANA_PASSWORD",
        "admin",
        "Password of `admin` in Grafana. Where it is not set, Grafana asks for a new one.",
    ),
    ("GRAFANA_PORT", "3000", "Port of Grafana on this machine."),
    ("PROMETHEUS_PORT", "9090", "Port of Prometheus on this machine."),
)
"""What docker-compose.yml alone reads: name, default, sentence."""

COMPOSE_PASSES = ("FLOWSERVE_PAYLOAD_KEY", "FLOWSERVE_LOG_LEVEL", "FLOWSERVE_API_PORT")
"""Settings of processes that docker-compose.yml takes from `.env`; a test holds both lists against it."""

_SECRETS = ("POSTGRES_PASSWORD", "FLOWSERVE_PAYLOAD_KEY")

_HEAD = """\
# Every setting of FlowServe with its default, written by `make schemas` from the settings classes.
# For `docker compose` copy it to `.env` and set the two secrets, POSTGRES_PASSWORD and FLOWSERVE_PAYLOAD_KEY.
# Compose takes from `.env` only what docker-compose.yml names: the settings under "Compose", and of others
# FLOWSERVE_PAYLOAD_KEY, FLOWSERVE_LOG_LEVEL and FLOWSERVE_API_PORT. Whatever else you want to set there goes
# under `environment:` of its service in docker-compose.override.yml (docs/containers.md).
# `make up`, and a process that you start yourself, read their environment, and no file.

# PostgreSQL, by its usual names; asyncpg reads them itself. The local stack sets them for its processes.
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
    parts, seen = [_HEAD, "\n# --- Compose ---\n"], {"FLOWSERVE_PAYLOAD_KEY", "PGHOST"}
    parts += [_written(name, default, words) for name, default, words in COMPOSE]
    for title, settings in CLASSES:
        parts.append(f"\n# --- {title} ---\n")
        for name, field in names(settings).items():
            if name not in seen:
                seen.add(name)
                parts.append(_entry(name, field))
    return "".join(parts)


def _entry(name: str, field: FieldInfo) -> str:
    default = "" if field.default_factory or field.default is None else field.default
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    return _written(name, str(default), field.description or "")


def _written(name: str, default: str, text: str) -> str:
    words = textwrap.fill(text, 106, initial_indent="# ", subsequent_indent="# ")
    return f"{words}\n{'' if name in _SECRETS else '#'}{name}={default}\n"


def main() -> None:
    """Writes the file."""
    FILE.write_text(text())


if __name__ == "__main__":
    main()
