"""One logging configuration for every process: one JSON object a line, to standard output."""

import json
import logging
import logging.config
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

_TOLD: ContextVar[Mapping[str, object]] = ContextVar("told", default=MappingProxyType({}))

_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
_MAX_TEXT = 2_000
_encode = json.JSONEncoder(default=str).encode  # json.dumps would make one for each line


def tell_of(fields: Mapping[str, object]) -> Callable[[], None]:
    """Adds fields, such as a request's id, to every line logged on its behalf, until the result is called."""
    token = _TOLD.set(fields)
    return lambda: _TOLD.reset(token)


class JsonFormatter(logging.Formatter):
    """Times are UTC. Fields of `tell_of` and `extra=` become members of the object; long texts are cut."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self.service = service

    def format(self, record: logging.LogRecord) -> str:
        """A line of JSON: `time`, `level`, `service`, `logger`, `message`, then the extra fields."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self.service,
            "logger": record.name,
            "message": record.getMessage()[:_MAX_TEXT],
        }
        line |= _TOLD.get()
        line |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = self.formatException(record.exc_info)[-_MAX_TEXT:]
        return _encode(line)


def logging_config(service: str, level: str) -> dict[str, Any]:
    """The configuration as `logging.config.dictConfig` takes it; libraries log in the same form."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonFormatter, "service": service}},
        "handlers": {
            "stdout": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stdout"}
        },
        "root": {"handlers": ["stdout"], "level": level.upper()},
        # Its information is about every fetch and every reconnection.
        "loggers": {"aiokafka": {"level": "WARNING"}},
    }


def configure_logging(service: str, level: str) -> None:
    """Logs as `logging_config` says, from here on."""
    logging.config.dictConfig(logging_config(service, level))
