"""Everything the API process can be told from outside; built once, in `__main__`."""

from pathlib import Path

from pydantic import Field, model_validator

from schemas.settings import ProcessSettings
from schemas.transaction import MAX_BODY_BYTES

MAX_BATCH = 100


class ApiSettings(ProcessSettings):
    """Settings of the API. PostgreSQL is named by the usual PG* variables, which asyncpg reads itself."""

    api_host: str = Field("127.0.0.1", description="Address that the API listens on.")
    api_port: int = Field(8000, ge=0, le=65_535, description="Port that the API listens on.")

    reply_partition: int | None = Field(
        None, ge=0, description="Reply partition of this process; empty picks one at random."
    )
    wait_seconds: int = Field(
        2, ge=0, le=30, description="Seconds a prediction is waited for, unless the caller says otherwise."
    )
    max_wait_seconds: int = Field(30, ge=1, le=60, description="Most seconds a caller may ask to wait.")
    publish_timeout_seconds: float = Field(
        1.0, gt=0, le=10, description="Seconds Kafka has to confirm a request before the caller gets 503."
    )

    follow_poll_seconds: float = Field(
        0.2, gt=0, le=5, description="Seconds between two looks for outcomes that callers wait for (202)."
    )
    max_followers: int = Field(
        1_000, ge=1, description="Callers that may wait for a stored outcome; more get its state at once."
    )

    max_pending: int = Field(
        2_000, ge=1, description="Requests that may wait for their answer at once; more get 503."
    )
    queue_seconds: float = Field(
        0.5,
        gt=0,
        description="Seconds a new request may have to wait for those before it; beyond, it gets 503.",
    )
    min_pending: int = Field(
        64, ge=1, description="Requests that may wait at once however slowly answers come."
    )
    max_lag_seconds: float = Field(
        10.0, gt=0, description="Seconds the scorer may be behind before predictions are refused with 503."
    )
    lag_poll_seconds: float = Field(0.5, gt=0, description="Seconds between two looks at the scorer's lag.")
    rate_limit_per_second: int = Field(
        5_000, ge=MAX_BATCH, description="Requests a second per API key and process; a batch costs its size."
    )

    max_body_bytes: int = Field(
        MAX_BODY_BYTES, ge=1_024, le=MAX_BODY_BYTES, description="Largest body of one prediction."
    )
    max_batch_bytes: int = Field(1_048_576, ge=1_024, description="Largest body of a batch.")
    body_seconds: float = Field(10.0, gt=0, description="Seconds a body may take to arrive.")
    max_header_bytes: int = Field(
        16_384, ge=1_024, description="Largest request line and headers together, in bytes."
    )
    max_header_count: int = Field(64, ge=8, description="Most headers of one request.")
    header_seconds: float = Field(
        10.0, gt=0, description="Seconds the headers may take to arrive on an open connection."
    )
    max_connections: int = Field(4_096, ge=1, description="Open connections; more are refused with 503.")
    keep_alive_seconds: int = Field(75, ge=1, description="Seconds an idle connection is kept.")

    keys_refresh_seconds: float = Field(
        2.0, gt=0, description="Seconds between two readings of the API keys."
    )
    keys_stale_seconds: float = Field(
        86_400.0, gt=0, description="Age in seconds at which keys are no longer trusted without the database."
    )

    pool_size: int = Field(8, ge=2, description="Most PostgreSQL connections of this process.")
    pool_wait_seconds: float = Field(1.0, gt=0, description="Seconds to wait for a free connection.")
    connect_seconds: float = Field(2.0, gt=0, description="Seconds a new PostgreSQL connection may take.")
    statement_seconds: float = Field(5.0, gt=0, description="Seconds one SQL statement may take.")
    models_dir: Path = Field(
        Path("ml/models"), description="Folder of model versions and `current`; the API reads manifests only."
    )
    max_exports: int = Field(2, ge=1, description="NDJSON exports that may run at once; more get 503.")

    max_streams: int = Field(
        32,
        ge=1,
        description="Event streams open at once, at most half of them one client's; more get 503.",
    )

    drain_seconds: float = Field(
        10.0, gt=0, description="Seconds that waiting callers are given at a stop before they get 202."
    )

    @model_validator(mode="after")
    def _reply_partition_exists(self) -> "ApiSettings":
        if self.reply_partition is not None and self.reply_partition >= self.reply_partitions:
            raise ValueError("FLOWSERVE_REPLY_PARTITION must be below FLOWSERVE_REPLY_PARTITIONS")
        return self
