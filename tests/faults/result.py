"""The figures of one run, as they are written to JSON and into the table."""

from dataclasses import dataclass, field


@dataclass
class Run:
    """Times in seconds, latencies in milliseconds, memory in megabytes. `error` says why a run broke off.

    `again_seconds` is the traffic that a killed scorer had decided and not committed, kill by kill;
    `recoveries` and `figures` have an entry for each time that the fault was injected.
    """

    row: str
    fault: str
    repeat: int
    seed: int
    records: int = 0
    calls: int = 0
    answers_checked: int = 0
    kills: int = 0
    lost: int = 0
    duplicated: int = 0
    wrong_answers: int = 0
    wrong_state: int = 0
    committed_ahead: int = 0
    commit_looks: int = 0
    redelivered: int = 0
    matured: int = 0
    again_seconds: list[float] = field(default_factory=list)
    recoveries: list[float] = field(default_factory=list)
    p99_before: float | None = None
    p99_during: float | None = None
    p99_after: float | None = None
    peak_mb: dict[str, float] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    read_codes: dict[str, int] = field(default_factory=dict)
    broken_lines: int = 0
    ends: dict[str, int] = field(default_factory=dict)
    exceptions: list[str] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    figures: list[dict[str, object]] = field(default_factory=list)
    seconds: float = 0.0
    error: str = ""

    @property
    def clean(self) -> bool:
        """Whether everything held."""
        counts = (self.lost, self.duplicated, self.wrong_answers, self.wrong_state, self.committed_ahead)
        return not (any(counts) or self.exceptions or self.complaints or self.error)


def p99(milliseconds: list[float]) -> float | None:
    """The 99th percentile, None of nothing."""
    if not milliseconds:
        return None
    return round(sorted(milliseconds)[int(len(milliseconds) * 0.99)], 1)
