"""Settings of one scorer process."""

import socket
from pathlib import Path

from pydantic import Field, SecretStr

from schemas.settings import ProcessSettings
from stream_processor.pipeline.declines import KEPT_MINUTES, DeclineLimit


class ScorerSettings(ProcessSettings):
    """Built once, in `__main__`."""

    models_dir: Path = Field(Path("ml/models"), description="Folder of model versions and `current`.")
    data_dir: Path = Field(Path(".flowserve"), description="Folder for locks and the snapshots of the state.")
    scorer_slot: int = Field(0, ge=0, description="Number of this scorer on its host; no two may share one.")
    scorer_host: str = Field(
        default_factory=socket.gethostname,
        description="Host part of the static member id. Without it: this host's name.",
    )
    payload_key: SecretStr = Field(
        SecretStr("local-only"), description="Secret key of the HMAC that stands for a refused payload."
    )
    keep_refused_payloads: bool = Field(
        True, description="Whether dead letters hold the refused bytes; if not, nothing can be redriven."
    )
    batch_records: int = Field(500, ge=1, le=2000, description="Most records that are decided at once.")
    commit_seconds: float = Field(
        0.5, gt=0, description="Longest time between offset commits, and most traffic of a partition."
    )
    session_seconds: float = Field(10, ge=6, le=30, description="Silence after which the group moves on.")
    batch_seconds: float = Field(60, gt=0, description="Longest time for one batch, retries included.")
    rebuild_seconds: float = Field(600, gt=0, description="Longest time to rebuild a partition's state.")
    stop_seconds: float = Field(25, gt=0, description="Longest time from SIGTERM to the end.")
    mature_seconds: float = Field(
        5.0, gt=0, description="Seconds between two looks for transactions whose labels became final."
    )
    snapshot_seconds: float = Field(
        30, gt=0, description="Seconds between two snapshots of the state on local disk."
    )
    rebuild_pause_seconds: float = Field(
        0, ge=0, description="For tests only: makes the first rebuild of each partition last longer."
    )

    decline_limit: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Share of declines beyond which declines become reviews; the same for all scorers. "
        "Empty: no limit.",
    )
    decline_minutes: int = Field(
        10, ge=1, le=KEPT_MINUTES, description="Minutes over which that share is taken, of each partition."
    )
    decline_fewest: int = Field(
        200, ge=1, description="Scored requests of those minutes below which the limit does not act."
    )
    scorer_metrics_port: int | None = Field(
        None,
        ge=1,
        le=65_000,
        description="Port of a scorer's metrics; slot n listens n above. Empty: none does.",
    )

    @property
    def metrics_port(self) -> int | None:
        """Scorers of one host are told apart by their slots."""
        return None if self.scorer_metrics_port is None else self.scorer_metrics_port + self.scorer_slot

    @property
    def limit(self) -> DeclineLimit | None:
        """The limit of declines, if there is one."""
        if self.decline_limit is None:
            return None
        return DeclineLimit(self.decline_limit, self.decline_minutes, self.decline_fewest)

    @property
    def member_id(self) -> str:
        """The static group member id: a restarted scorer takes its partitions back at once.

        Kafka gives a member that it knows what that one had: another number of partitions, another member.
        """
        return f"{self.scorer_host}-{self.partitions}-{self.scorer_slot}"
