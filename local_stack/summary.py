"""What there is once the stack is up: for people as text, for programs as plain values."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Summary:
    """`addresses` by environment name, the API key among them; `prediction` answers `transaction`."""

    url: str
    data: Path
    addresses: Mapping[str, str]
    transaction: Mapping[str, object]
    prediction: Mapping[str, object]
    seconds: float

    def text(self) -> str:
        """What the user wants to know now."""
        return f"""
FlowServe is up after {self.seconds:.1f} s.
First decision: {self.prediction.get("decision")} (score {self.prediction.get("score")})
Console         {self.url}/ (sign in with the key below)
API             {self.url}/docs
Kafka           {self.addresses["FLOWSERVE_KAFKA_BOOTSTRAP"]}
Data and logs   {self.data} and {self.data / "logs"}

Try it:
{self._curl()}

Ctrl-C stops everything; the data stays."""

    def facts(self) -> dict[str, object]:
        """The same for a program."""
        return {
            "up": True,
            "seconds": round(self.seconds, 1),
            "url": self.url,
            "data": str(self.data),
            "addresses": dict(self.addresses),
            "first_decision": dict(self.prediction),
        }

    def _curl(self) -> str:
        """A line that asks for a transaction of another customer."""
        another = {
            "transaction_id": f"{self.transaction['transaction_id']}-again",
            "customer_id": "c-42",
        }
        body = json.dumps({**self.transaction, **another})
        key = shlex.quote(f"Authorization: Bearer {self.addresses['FLOWSERVE_API_KEY']}")
        ask = f"curl -s {self.url}/api/v1/predict -H {key}"
        return f"{ask} -H 'Content-Type: application/json' -d {shlex.quote(body)}"
