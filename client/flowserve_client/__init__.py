"""Fraud decisions from FlowServe: `Client` and `AsyncClient` over REST, `kafka.Producer` over Kafka."""

from flowserve_client.client import AsyncClient, Client
from flowserve_client.errors import (
    Conflict,
    FlowServeError,
    NotFound,
    Pending,
    Problem,
    RateLimited,
    Unauthorized,
    Unavailable,
    Unreachable,
)
from flowserve_client.models import Prediction, Reason, Transaction
from flowserve_client.retry import Retry

__all__ = [
    "AsyncClient",
    "Client",
    "Conflict",
    "FlowServeError",
    "NotFound",
    "Pending",
    "Prediction",
    "Problem",
    "RateLimited",
    "Reason",
    "Retry",
    "Transaction",
    "Unauthorized",
    "Unavailable",
    "Unreachable",
]
