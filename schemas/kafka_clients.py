"""How to reach Kafka: the settings as aiokafka's arguments, the same for every client there is."""

import ssl
from typing import Any

from schemas.settings import ProcessSettings


def kafka_arguments(settings: ProcessSettings) -> dict[str, Any]:
    """Address and credentials for any client of aiokafka.

    Raises OSError for a file that cannot be read, ssl.SSLError for one that holds no certificate, and
    ValueError for an empty password.
    """
    reached: dict[str, Any] = {"bootstrap_servers": settings.kafka_bootstrap}
    if settings.kafka_security_protocol == "PLAINTEXT":
        return reached
    return reached | {
        "security_protocol": settings.kafka_security_protocol,
        "ssl_context": tls_context(settings),
        "sasl_mechanism": settings.kafka_sasl_mechanism,
        "sasl_plain_username": settings.kafka_sasl_username,
        "sasl_plain_password": kafka_password(settings),
    }


def tls_context(settings: ProcessSettings) -> ssl.SSLContext:
    """TLS 1.2 or newer; the broker's certificate and its host name are checked, always."""
    return ssl.create_default_context(cafile=settings.kafka_ssl_ca_file)


def kafka_password(settings: ProcessSettings) -> str:
    """The password, wherever it is given. Raises OSError or ValueError."""
    file = settings.kafka_sasl_password_file
    password = file.read_text().strip() if file else settings.kafka_sasl_password.get_secret_value()
    if not password:
        raise ValueError(f"{file} holds no password for Kafka")
    return password
