"""One logging configuration for every process: one JSON object a line, to standard output."""

import json
import logging
import sys
from datetime import UTC, datetime

_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_MAX_TEXT = 2_000


class JsonFormatter(logging.Formatter):
    """Times are UTC. Fields given by `extra=` become members of the object; long texts are cut."""

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
        line |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)[-_MAX_TEXT:]
        return json.dumps(line, default=str)


def configure_logging(service: str, level: str) -> None:
    """Replaces whatever handlers the root logger has, so that libraries log in the same form."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
