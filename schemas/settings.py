"""What every process is told the same way; each adds its own settings class on top of this one."""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.topics import DEFAULT_PARTITIONS, DEFAULT_REPLY_PARTITIONS


class ProcessSettings(BaseSettings):
    """Settings of any process that talks to Kafka. PostgreSQL is named by the usual PG* variables."""

    model_config = SettingsConfigDict(env_prefix="FLOWSERVE_", frozen=True, extra="ignore")

    kafka_bootstrap: str = Field("127.0.0.1:9092", description="Kafka brokers as host:port, comma separated.")
    partitions: int = Field(
        DEFAULT_PARTITIONS, ge=1, description="Partitions of requests and what follows it."
    )
    reply_partitions: int = Field(
        DEFAULT_REPLY_PARTITIONS, ge=1, description="Partitions of the reply topic."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least level that is logged."
    )
