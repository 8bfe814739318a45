"""The two clients: the same steps, carried out with or without asyncio."""

import asyncio
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlencode

import httpx

import flowserve_client.steps as steps
from flowserve_client.errors import Pending, Problem, Unreachable
from flowserve_client.models import Prediction, Transaction
from flowserve_client.retry import Limits, Retry
from flowserve_client.steps import Answer, Call, Steps
from flowserve_client.version import VERSION

T = TypeVar("T")

_SLACK_SECONDS = 5.0
# The service takes a second to find that Kafka does not confirm, and that answer has to come as well.
_LATE_SECONDS = 2.0
_AGENT = f"flowserve-client/{VERSION}"


class _Common:
    """`timeout`: seconds for a whole call, retries and following included; each call may say otherwise.

    It is kept within seconds: an attempt has two more than are left, to connect and again to be answered,
    and `predict_many` makes one for each hundred in any case.
    """

    def __init__(self, url: str, key: str, *, timeout: float = 30.0, retry: Retry | None = None) -> None:
        self._retry = retry or Retry()
        self._timeout = timeout
        self._options: dict[str, Any] = {
            "base_url": url,
            "headers": {"Authorization": f"Bearer {key}", "User-Agent": _AGENT},
        }

    def _limits(self, timeout: float | None) -> Limits:
        seconds = self._timeout if timeout is None else timeout
        return Limits(self._retry, time.monotonic() + seconds)


class Client(_Common):
    """For threads that may wait; one client may serve many threads."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        timeout: float = 30.0,
        retry: Retry | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        super().__init__(url, key, timeout=timeout, retry=retry)
        self._http = httpx.Client(**self._options, transport=transport)

    def predict(self, transaction: Transaction, *, timeout: float | None = None) -> Prediction:
        """The decision. Raises Problem, Pending (accepted, not decided in time) or Unreachable."""
        return self._run(steps.predict(transaction, self._limits(timeout)))

    def predict_many(
        self, transactions: Iterable[Transaction], *, timeout: float | None = None
    ) -> list[Prediction | Problem | Pending]:
        """An answer for each, in order. Raises Problem or Unreachable where the whole call fails."""
        return self._run(steps.predict_many(list(transactions), self._limits(timeout)))

    def submit(self, transaction: Transaction, *, timeout: float | None = None) -> str:
        """Hands in and returns the request id; the request will be decided whatever happens."""
        return self._run(steps.submit(transaction, self._limits(timeout)))

    def outcome(self, request_id: str, *, timeout: float | None = None) -> Prediction:
        """Waits for the outcome of a request. Raises Problem where it was rejected, or Pending."""
        return self._run(steps.outcome(request_id, self._limits(timeout)))

    def report(self, transaction: Transaction | Prediction, *, is_fraud: bool) -> None:
        """Reports that a transaction was, or was not, fraud; the latest report counts."""
        ids = transaction.transaction_id, transaction.customer_id
        self._run(steps.report(*ids, is_fraud, self._limits(None)))

    def read(self, path: str, **query: str | int) -> Any:  # noqa: ANN401
        """Anything else that is read, such as `read("/api/v1/logs", limit=10)`: its JSON."""
        return self._run(steps.read(_target(path, query), self._limits(None)))

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self, doing: Steps[T]) -> T:
        try:
            step = next(doing)
            while True:
                if isinstance(step, float):
                    time.sleep(step)
                    step = doing.send(None)
                    continue
                try:
                    answer = _answer(self._http.request(**_arguments(step)))
                except httpx.TransportError as error:
                    step = doing.throw(_unreachable(error))
                else:
                    step = doing.send(answer)
        except StopIteration as done:
            result: T = done.value
            return result


class AsyncClient(_Common):
    """The same for asyncio."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        timeout: float = 30.0,
        retry: Retry | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(url, key, timeout=timeout, retry=retry)
        self._http = httpx.AsyncClient(**self._options, transport=transport)

    async def predict(self, transaction: Transaction, *, timeout: float | None = None) -> Prediction:
        """The decision. Raises Problem, Pending (accepted, not decided in time) or Unreachable."""
        return await self._run(steps.predict(transaction, self._limits(timeout)))

    async def predict_many(
        self, transactions: Iterable[Transaction], *, timeout: float | None = None
    ) -> list[Prediction | Problem | Pending]:
        """An answer for each, in order. Raises Problem or Unreachable where the whole call fails."""
        return await self._run(steps.predict_many(list(transactions), self._limits(timeout)))

    async def submit(self, transaction: Transaction, *, timeout: float | None = None) -> str:
        """Hands in and returns the request id; the request will be decided whatever happens."""
        return await self._run(steps.submit(transaction, self._limits(timeout)))

    async def outcome(self, request_id: str, *, timeout: float | None = None) -> Prediction:
        """Waits for the outcome of a request. Raises Problem where it was rejected, or Pending."""
        return await self._run(steps.outcome(request_id, self._limits(timeout)))

    async def report(self, transaction: Transaction | Prediction, *, is_fraud: bool) -> None:
        """Reports that a transaction was, or was not, fraud; the latest report counts."""
        ids = transaction.transaction_id, transaction.customer_id
        await self._run(steps.report(*ids, is_fraud, self._limits(None)))

    async def read(self, path: str, **query: str | int) -> Any:  # noqa: ANN401
        """Anything else that is read, such as `read("/api/v1/logs", limit=10)`: its JSON."""
        return await self._run(steps.read(_target(path, query), self._limits(None)))

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _run(self, doing: Steps[T]) -> T:
        try:
            step = next(doing)
            while True:
                if isinstance(step, float):
                    await asyncio.sleep(step)
                    step = doing.send(None)
                    continue
                try:
                    answer = _answer(await self._http.request(**_arguments(step)))
                except httpx.TransportError as error:
                    step = doing.throw(_unreachable(error))
                else:
                    step = doing.send(answer)
        except StopIteration as done:
            result: T = done.value
            return result


def _target(path: str, query: dict[str, str | int]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _arguments(call: Call) -> dict[str, Any]:
    most = call.left + _LATE_SECONDS
    connect, read = min(_SLACK_SECONDS, most), min((call.wait or 0) + _SLACK_SECONDS, most)
    arguments: dict[str, Any] = {
        "method": call.method,
        "url": call.path,
        "headers": dict(call.headers),
        "timeout": httpx.Timeout(connect, read=read),
    }
    return arguments if call.body is None else arguments | {"json": call.body}


def _answer(response: httpx.Response) -> Answer:
    try:
        body = response.json()
    except ValueError:
        body = None
    return Answer(response.status_code, body, {name.lower(): text for name, text in response.headers.items()})


def _unreachable(error: httpx.TransportError) -> Unreachable:
    return Unreachable(f"nobody answers ({type(error).__name__}: {error})".replace(": )", ")"))
