"""The whole of FlowServe, secured: every process has its own name at Kafka and its own role in PostgreSQL."""

from collections.abc import Mapping
from pathlib import Path

from local_stack.parts import port_memory
from local_stack.process import Process
from local_stack.services import Services
from schemas import database_roles as roles
from schemas import kafka_access as access
from tests.support.security.broker import SecuredKafka
from tests.support.security.database import OWNER, SecuredPostgres
from tests.support.stack import RunningStack


class SecuredStack(RunningStack):
    """As `RunningStack`; nothing of it speaks to Kafka or PostgreSQL without TLS and a password."""

    def __init__(
        self, data: Path, inherited: Mapping[str, str], kafka: SecuredKafka, postgres: SecuredPostgres
    ) -> None:
        super().__init__(data, inherited, kafka, postgres)
        common = dict(self.environment)
        self._passwords = (*kafka.passwords.values(), *postgres.passwords.values())

        def services(principal: str, role: str) -> Services:
            return Services(data, {**common, **kafka.environment(principal), **postgres.environment(role)})

        self.provision = services(access.PROVISION, OWNER).provision()
        scorer = services(access.SCORER, OWNER).environment
        self.scorer = Services(data, {k: v for k, v in scorer.items() if not k.startswith("PG")}).scorer()
        self.sink = services(access.SINK, roles.WRITER).sink()
        self._data = data
        self._api_environment = services(access.API, roles.READER).environment
        self.api = Services(data, self._api_environment).api()
        self.environment = dict(services(access.OPERATOR, roles.OPERATOR).environment)

    def another_api(self, **settings: str) -> tuple[Process, str]:
        """A second API with other settings, not yet started, and its address."""
        port = port_memory(self._data).get("another-api")
        environment = {**self._api_environment, **settings, "FLOWSERVE_API_PORT": str(port)}
        return Services(self._data / "another", environment).api(), f"http://127.0.0.1:{port}"

    def processes(self) -> tuple[Process, ...]:
        """All that are ours."""
        return (self.provision, self.scorer, self.sink, self.api)

    def secrets(self) -> tuple[str, ...]:
        """Every password and key there is."""
        return (*self._passwords, self.key)
