"""What the demo prints at the end."""

from dataclasses import dataclass
from statistics import quantiles

from rich.console import Console
from rich.table import Table

from cli.demo.account import Account
from cli.demo.load import RestLoad


@dataclass(frozen=True)
class Tour:
    """What the drivers saw. `recovery` and `seconds` in seconds."""

    rest: RestLoad
    kafka: int
    recovery: float
    seconds: float

    @property
    def sent(self) -> int:
        """Transactions sent through both doors."""
        return self.rest.answered + len(self.rest.failed) + self.kafka


def print_report(console: Console, tour: Tour, account: Account) -> None:
    """The table, then what does not add up, if anything."""
    table = Table(title="What happened", show_header=False)
    rest_ms = tour.rest.milliseconds
    cuts = quantiles(rest_ms, n=100) if len(rest_ms) > 1 else [0.0] * 99
    for name, value in (
        ("accepted", f"{account.accepted:,}"),
        ("scored", f"{account.scored:,}"),
        ("duplicate", f"{account.duplicate:,} (retries, answered with the first answer)"),
        ("rejected", f"{account.rejected:,}"),
        ("lost", f"{len(account.lost):,}"),
        ("duplicated rows", f"{len(account.doubled):,}"),
        ("decisions", ", ".join(f"{count:,} {name}" for name, count in account.decisions.items())),
        ("REST answers", f"p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms, both doors loaded"),
        ("REST retries", f"{tour.rest.retried:,}, and {tour.rest.followed:,} answers fetched after a 202"),
        ("scorer killed", f"deciding again after {tour.recovery:.1f} s"),
        ("all stored after", f"{tour.seconds:.1f} s"),
    ):
        table.add_row(name, value)
    console.print(table)
    for fault in (*account.faults(tour.sent), *tour.rest.failed[:5]):
        console.print(f"[red]WRONG: {fault}[/red]")
