"""What provisioning can be told from outside; built once, in `__main__`."""

from pydantic import Field, field_validator

from flowserve_ml.features.definitions import DAY_SECONDS, HORIZON_SECONDS
from schemas.settings import ProcessSettings
from schemas.topics import MOST_REQUEST_DAYS, Kept

# One day more than a request may wait is slack, as in a rebuild.
_LEAST_STATE_DAYS = HORIZON_SECONDS // DAY_SECONDS + MOST_REQUEST_DAYS + 1
_LEAST_ROWS_DAYS = MOST_REQUEST_DAYS + 1


class ProvisionSettings(ProcessSettings):
    """Settings of provisioning. PostgreSQL is named by the PG* variables, which asyncpg reads itself."""

    replication_factor: int = Field(1, ge=1, description="Copies of every topic that is created.")
    provision_wait_seconds: float = Field(
        60.0, gt=0, description="Seconds that Kafka and PostgreSQL may each take until they answer."
    )
    requests_kept_days: int = Field(Kept.requests, description="Days that the requests topic keeps: 1 to 7.")
    state_kept_days: int = Field(
        Kept.state,
        description="Days that predictions, feedback and terminal-history keep: 53 at least, because a "
        "scorer rebuilds its state from them.",
    )
    dead_letters_kept_days: int = Field(
        Kept.dead_letters, ge=1, description="Days that the dead letter topic keeps."
    )
    replies_kept_minutes: int = Field(
        Kept.replies_minutes, ge=1, description="Minutes that the reply topic keeps."
    )
    rows_kept_days: int | None = Field(
        None,
        description="Days that PostgreSQL keeps rows: 8 at least. Each provisioning deletes what is older. "
        "Empty: for ever.",
    )

    @property
    def kept(self) -> Kept:
        """How long the topics keep their records."""
        return Kept(
            self.requests_kept_days,
            self.state_kept_days,
            self.dead_letters_kept_days,
            self.replies_kept_minutes,
        )

    @field_validator("requests_kept_days")
    @classmethod
    def _a_rebuild_reaches_back_far_enough(cls, days: int) -> int:
        if not 1 <= days <= MOST_REQUEST_DAYS:
            raise ValueError(
                f"FLOWSERVE_REQUESTS_KEPT_DAYS must be 1 to {MOST_REQUEST_DAYS}: less would lose requests "
                "that wait for a scorer over a day, and a longer wait is not covered by the rebuild of the "
                "state"
            )
        return days

    @field_validator("state_kept_days")
    @classmethod
    def _a_rebuild_finds_all_it_needs(cls, days: int) -> int:
        if days < _LEAST_STATE_DAYS:
            raise ValueError(
                f"FLOWSERVE_STATE_KEPT_DAYS must be {_LEAST_STATE_DAYS} or more: a scorer rebuilds 45 days "
                "of history from these topics, for requests that may have waited for 8 days"
            )
        return days

    @field_validator("rows_kept_days")
    @classmethod
    def _no_row_goes_while_it_may_still_come(cls, days: int | None) -> int | None:
        if days is not None and days < _LEAST_ROWS_DAYS:
            raise ValueError(
                f"FLOWSERVE_ROWS_KEPT_DAYS must be {_LEAST_ROWS_DAYS} or more, or empty for ever: the sink "
                "may store requests that are 7 days old"
            )
        return days
