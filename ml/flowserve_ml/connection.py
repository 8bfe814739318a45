"""The backend's HTTP API, as far as `connect` and `stream` need it: standard library only, bounded waits."""

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from flowserve_ml.errors import InputError

_TIMEOUT_SECONDS = 10.0
_PAUSE_SECONDS = 0.2
_AGAIN = (429, 502, 503, 504)


class Unreachable(InputError):
    """The backend does not answer, refuses, or did not answer in time; the message says what to check."""


@dataclass(frozen=True, slots=True)
class Backend:
    """The API under `url`, for example http://localhost:8000, called with an API key."""

    url: str
    key: str

    def running_model(self) -> str | None:
        """Version of the model that scored this client's newest transaction; None before the first."""
        status, body = self._call("GET", "/api/v1/model", None)
        return str(body["version"]) if status == 200 else None

    def predict(self, transaction: dict[str, Any], deadline: float) -> dict[str, Any]:
        """The prediction, waited for until `deadline` (time.monotonic); raises Unreachable."""
        while True:
            status, body = self._call("POST", "/api/v1/predict", transaction)
            if status == 200:
                return body
            if status not in (202, *_AGAIN):
                problem = body.get("detail") or body.get("title") or "no reason given"
                raise Unreachable(
                    f"{self.url} refused {transaction['transaction_id']} with {status}: {problem}"
                )
            if time.monotonic() > deadline:
                raise Unreachable(f"{self.url} did not score in time: is the scorer running?")
            time.sleep(_PAUSE_SECONDS)  # the same transaction_id again: the first answer comes back

    def _call(self, method: str, path: str, body: dict[str, Any] | None) -> tuple[int, dict[str, Any]]:
        request = urllib.request.Request(
            self.url.rstrip("/") + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
                return answer.status, _object(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _object(error.read())
        except OSError as error:
            raise Unreachable(f"{self.url} cannot be reached: {error}; is the API running?") from None


def _object(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
