"""What provisioning can be told from outside; built once, in `__main__`."""

from pydantic import Field

from schemas.settings import ProcessSettings


class ProvisionSettings(ProcessSettings):
    """Settings of provisioning. PostgreSQL is named by the PG* variables, which asyncpg reads itself."""

    replication_factor: int = Field(1, ge=1, description="Copies of every topic that is created.")
    provision_wait_seconds: float = Field(
        60.0, gt=0, description="Seconds that Kafka and PostgreSQL may each take until they answer."
    )
