"""What every process is told the same way; each adds its own settings class on top of this one."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.crash_points import parse
from schemas.topics import DEFAULT_PARTITIONS, DEFAULT_REPLY_PARTITIONS


class ProcessSettings(BaseSettings):
    """Settings of any process that talks to Kafka. PostgreSQL is named by the usual PG* variables."""

    model_config = SettingsConfigDict(
        env_prefix="FLOWSERVE_",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,  # a complaint about one setting would print all of them, passwords too
    )

    kafka_bootstrap: str = Field("127.0.0.1:9092", description="Kafka brokers as host:port, comma separated.")
    kafka_security_protocol: Literal["PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="How Kafka is spoken to: PLAINTEXT, or SASL_SSL with a name and a password."
    )
    kafka_sasl_mechanism: Literal["SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="How the password is proven under SASL_SSL."
    )
    kafka_sasl_username: str = Field("", description="Name of this process at Kafka, under SASL_SSL.")
    kafka_sasl_password: SecretStr = Field(SecretStr(""), description="Its password, or give a file.")
    kafka_sasl_password_file: Path | None = Field(
        None, description="File that holds the password, such as a mounted secret."
    )
    kafka_ssl_ca_file: Path | None = Field(
        None, description="PEM file of the authority behind the brokers' certificates; empty: the system's."
    )
    partitions: int = Field(
        DEFAULT_PARTITIONS, ge=1, description="Partitions of requests and what follows it."
    )
    reply_partitions: int = Field(
        DEFAULT_REPLY_PARTITIONS, ge=1, description="Partitions of the reply topic."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least level that is logged."
    )
    test_mode: bool = Field(False, description="For tests only: allows what must never happen in production.")
    crash_at: str | None = Field(
        None, description="For tests only: name:n, the place and the pass at which the process kills itself."
    )

    metrics_host: str = Field(
        "127.0.0.1",
        description="Address on which scorer and sink show metrics, where they have a port.",
    )

    @model_validator(mode="after")
    def _crashes_only_under_test(self) -> "ProcessSettings":
        if self.crash_at is not None:
            if not self.test_mode:
                raise ValueError(
                    "FLOWSERVE_CRASH_AT kills the process on purpose and is refused without "
                    "FLOWSERVE_TEST_MODE=1: remove it, unless this is a test"
                )
            parse(self.crash_at)
        return self

    @model_validator(mode="after")
    def _credentials_fit_the_protocol(self) -> "ProcessSettings":
        """Half a set of credentials would be found out much later, and as a time-out."""
        passwords = bool(self.kafka_sasl_password.get_secret_value()) + bool(self.kafka_sasl_password_file)
        if self.kafka_security_protocol == "PLAINTEXT":
            if self.kafka_sasl_username or passwords or self.kafka_ssl_ca_file:
                raise ValueError(
                    "Kafka credentials are set, but PLAINTEXT would not use them: "
                    "set FLOWSERVE_KAFKA_SECURITY_PROTOCOL=SASL_SSL"
                )
        elif not self.kafka_sasl_username or passwords != 1:
            raise ValueError(
                "SASL_SSL needs FLOWSERVE_KAFKA_SASL_USERNAME and one of "
                "FLOWSERVE_KAFKA_SASL_PASSWORD and FLOWSERVE_KAFKA_SASL_PASSWORD_FILE"
            )
        return self
