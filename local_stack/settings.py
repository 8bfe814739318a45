"""The settings of the local stack: where its data lives, which addresses it uses, what already exists."""

import os
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def default_cache() -> Path:
    """Where downloads are kept for all data folders: below XDG_CACHE_HOME, else below ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "flowserve" / "kafka"


def default_java_home() -> Path | None:
    value = os.environ.get("JAVA_HOME")
    return Path(value) if value else None


def inherited_environment() -> dict[str, str]:
    """Our own environment, which the children get under the values of the stack."""
    return dict(os.environ)


class Settings(BaseSettings):
    """Everything that `python -m local_stack` can be told."""

    model_config = SettingsConfigDict(env_prefix="FLOWSERVE_", frozen=True, populate_by_name=True)

    data_dir: Path = Field(Path(".flowserve"), description="Folder of all data, logs and secrets.")
    kafka_cache: Path = Field(
        default_factory=default_cache, description="Folder of Kafka's downloaded jars, kept by `clean`."
    )
    api_host: str = Field("127.0.0.1", description="Address that the API listens on.")
    api_port: int | None = Field(
        None, ge=1, le=65535, description="Port of the API; by default 8000 or the next free one, remembered."
    )
    kafka_bootstrap: str | None = Field(
        None, description="host:port of a Kafka that already runs; by default the stack starts its own."
    )
    postgres_host: str | None = Field(
        None,
        validation_alias="PGHOST",
        description="Host of a PostgreSQL that already runs (with the other PG* names); by default our own.",
    )
    scorers: int = Field(1, ge=1, le=64, description="How many scorer processes share the partitions.")
    payload_key: SecretStr | None = Field(
        None, description="Secret of the keyed HMAC over refused payloads; by default made and remembered."
    )

    @property
    def data(self) -> Path:
        return self.data_dir.absolute()
