"""The embedded broker with a SASL_SSL listener, an authorizer, a user for each process, and our rules."""

import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from confluent_kafka.admin import (  # type: ignore[attr-defined]  # it says so nowhere, but it exports them
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from local_stack.kafka import Kafka
from local_stack.parts import build_kafka, port_memory
from schemas.kafka_access import RULES, Rule, producer_rules
from schemas.settings import ProcessSettings
from tests.support.security.certificates import Authority

PRODUCER = "acme-bank"
PRINCIPALS = (*dict.fromkeys(rule.principal for rule in RULES), PRODUCER)

_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
_ITERATIONS = 4096
_OPERATIONS = {
    "Read": AclOperation.READ,
    "Write": AclOperation.WRITE,
    "Create": AclOperation.CREATE,
    "Describe": AclOperation.DESCRIBE,
    "DescribeConfigs": AclOperation.DESCRIBE_CONFIGS,
    "AlterConfigs": AclOperation.ALTER_CONFIGS,
}


class SecuredKafka:
    """`bootstrap` is the door for everybody; the broker's own unencrypted one is the test's only."""

    def __init__(self, data: Path, authority: Authority) -> None:
        ports = port_memory(data)
        self._port = ports.get("kafka-secured")
        self._ca_file = authority.ca_file
        certificate, key = authority.issue("kafka", "localhost")
        keystore = certificate.with_name("kafka-keystore.pem")
        keystore.write_bytes(key.read_bytes() + certificate.read_bytes())
        inside = f"PLAINTEXT://127.0.0.1:{ports.get('kafka')}"
        others = f"SASL_SSL://127.0.0.1:{self._port},CONTROLLER://127.0.0.1:{ports.get('kafka-controller')}"
        protocols = {"PLAINTEXT": "PLAINTEXT", "SASL_SSL": "SASL_SSL", "CONTROLLER": "PLAINTEXT"}
        self.kafka: Kafka = build_kafka(
            data,
            properties={
                "listeners": f"{inside},{others}",
                "advertised.listeners": f"{inside},SASL_SSL://localhost:{self._port}",
                "listener.security.protocol.map": ",".join(f"{a}:{b}" for a, b in protocols.items()),
                "inter.broker.listener.name": "PLAINTEXT",
                "sasl.enabled.mechanisms": "SCRAM-SHA-512",
                "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": _SCRAM,
                "ssl.keystore.type": "PEM",
                "ssl.keystore.location": str(keystore),
                "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "super.users": "User:ANONYMOUS",
            },
        )
        self.passwords = {name: secrets.token_urlsafe(24) for name in PRINCIPALS}

    @property
    def bootstrap(self) -> str:
        """By the name that the certificate has."""
        return f"localhost:{self._port}"

    def start(self) -> None:
        """Starts it; the first time with its users and rules."""
        self.kafka.start()
        admin = AdminClient({"bootstrap.servers": self.kafka.bootstrap})
        users: list[Any] = [
            UserScramCredentialUpsertion(
                name, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, _ITERATIONS), password.encode()
            )
            for name, password in self.passwords.items()
        ]
        for done in admin.alter_user_scram_credentials(users).values():
            done.result()
        for done in admin.create_acls(_bindings([*RULES, *producer_rules(PRODUCER)])).values():
            done.result()

    def kill(self) -> None:
        """SIGKILL."""
        self.kafka.kill()

    def environment(self, principal: str) -> dict[str, str]:
        """The settings of a process that is this principal."""
        return {
            "FLOWSERVE_KAFKA_BOOTSTRAP": self.bootstrap,
            "FLOWSERVE_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "FLOWSERVE_KAFKA_SASL_USERNAME": principal,
            "FLOWSERVE_KAFKA_SASL_PASSWORD": self.passwords[principal],
            "FLOWSERVE_KAFKA_SSL_CA_FILE": str(self._ca_file),
        }

    def librdkafka(self, principal: str) -> dict[str, str]:
        """The same for clients in other languages, and for confluent-kafka."""
        return {
            "bootstrap.servers": self.bootstrap,
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": principal,
            "sasl.password": self.passwords[principal],
            "ssl.ca.location": str(self._ca_file),
        }

    def settings(self, principal: str, **changes: object) -> ProcessSettings:
        """The same for a client in the test itself."""
        names = {
            name.removeprefix("FLOWSERVE_").lower(): text
            for name, text in self.environment(principal).items()
        }
        return ProcessSettings.model_validate({**names, **changes})


def _bindings(rules: Iterable[Rule]) -> list[AclBinding]:
    return [
        AclBinding(
            ResourceType.TOPIC if rule.resource == "topic" else ResourceType.GROUP,
            rule.name,
            ResourcePatternType.PREFIXED if rule.prefixed else ResourcePatternType.LITERAL,
            f"User:{rule.principal}",
            "*",
            _OPERATIONS[operation],
            AclPermissionType.ALLOW,
        )
        for rule in rules
        for operation in rule.operations
    ]
