"""The settings for Kafka: one set of arguments for all clients, no half set, no password in any output."""

import ssl
from pathlib import Path

import pytest
import trustme
from pydantic import ValidationError

from schemas.kafka_clients import kafka_arguments
from schemas.settings import ProcessSettings

PASSWORD = "correct horse battery staple"
SECURED = {
    "kafka_bootstrap": "kafka:9093",
    "kafka_security_protocol": "SASL_SSL",
    "kafka_sasl_username": "flowserve-api",
}


@pytest.fixture
def ca_file(tmp_path: Path) -> Path:
    """A certificate of an authority."""
    file = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(file))
    return file


def settings(**values: object) -> ProcessSettings:
    return ProcessSettings.model_validate(values)


def test_without_settings_kafka_is_reached_in_plain_text() -> None:
    assert kafka_arguments(settings()) == {"bootstrap_servers": "127.0.0.1:9092"}


def test_certificate_and_host_name_are_always_checked(ca_file: Path) -> None:
    given = kafka_arguments(settings(**SECURED, kafka_sasl_password=PASSWORD, kafka_ssl_ca_file=ca_file))
    context = given.pop("ssl_context")
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert [entry["subject"] for entry in context.get_ca_certs()]
    assert given == {
        "bootstrap_servers": "kafka:9093",
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "flowserve-api",
        "sasl_plain_password": PASSWORD,
    }


def test_the_password_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    given = kafka_arguments(settings(**SECURED, kafka_sasl_password_file=file))
    assert given["sasl_plain_password"] == PASSWORD
    file.write_text("\n")
    with pytest.raises(ValueError, match="holds no password"):
        kafka_arguments(settings(**SECURED, kafka_sasl_password_file=file))


@pytest.mark.parametrize(
    "values",
    [
        SECURED,
        {**SECURED, "kafka_sasl_password": PASSWORD, "kafka_sasl_password_file": "/run/secrets/kafka"},
        {**SECURED, "kafka_sasl_username": "", "kafka_sasl_password": PASSWORD},
        {"kafka_sasl_username": "flowserve-api", "kafka_sasl_password": PASSWORD},
        {"kafka_ssl_ca_file": "/etc/ca.pem"},
        {**SECURED, "kafka_security_protocol": "SASL_PLAINTEXT", "kafka_sasl_password": PASSWORD},
        {**SECURED, "kafka_sasl_mechanism": "PLAIN", "kafka_sasl_password": PASSWORD},
    ],
)
def test_half_a_set_of_credentials_is_refused_without_saying_them(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refusal:
        settings(**values)
    assert PASSWORD not in str(refusal.value)


def test_a_password_is_not_in_what_is_printed_of_the_settings() -> None:
    given = settings(**SECURED, kafka_sasl_password=PASSWORD)
    assert PASSWORD not in f"{given!r} {given} {given.model_dump_json()}"


def test_a_setting_that_is_empty_in_the_environment_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `${NAME:-}` in a compose file leaves it."""
    monkeypatch.setenv("FLOWSERVE_KAFKA_SSL_CA_FILE", "")
    monkeypatch.setenv("FLOWSERVE_KAFKA_SASL_PASSWORD_FILE", "")
    assert kafka_arguments(ProcessSettings()) == {"bootstrap_servers": "127.0.0.1:9092"}
