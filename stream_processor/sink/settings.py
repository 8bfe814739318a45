"""What the sink can be told from outside; built once, in `__main__`."""

from pydantic import Field

from schemas.settings import ProcessSettings


class SinkSettings(ProcessSettings):
    """Settings of the sink. PostgreSQL is named by the usual PG* variables, which asyncpg reads itself."""

    sink_batch_records: int = Field(5_000, ge=1, le=50_000, description="Most records stored at once.")
    sink_fetch_bytes: int = Field(
        16_777_216, ge=65_536, description="Most bytes of records that are fetched ahead."
    )
    sink_session_seconds: float = Field(
        6.0, ge=6, le=60, description="Silence after which a sink's partitions go to another one."
    )
    sink_retry_seconds: float = Field(
        5.0, gt=0, description="Seconds a batch is tried again before its partitions are given up for others."
    )
    sink_bad_rows: int = Field(
        100,
        ge=1,
        description="Rows PostgreSQL may refuse in one batch before the sink stops: more is no poison.",
    )
    sink_stop_seconds: float = Field(
        6.0, gt=0, le=7, description="Seconds that the batch in hand is given at a stop."
    )
    sink_metrics_port: int | None = Field(
        None,
        ge=1,
        le=65_535,
        description="Port of a sink's metrics. Empty: it does not listen.",
    )
    sink_report_seconds: float = Field(10.0, gt=0, description="Seconds between two log lines of progress.")
