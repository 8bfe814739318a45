"""Entry point: `python -m ingest_api`."""

import sys

from ingest_api.server import serve
from ingest_api.settings import ApiSettings
from schemas.core_dumps import forbid_core_dumps
from schemas.crash_points import arm
from schemas.logs import configure_logging


def main() -> int:
    """Serves until SIGTERM. Returns 0 after a clean stop, 70 where a part had died."""
    settings = ApiSettings()
    configure_logging("ingest_api", settings.log_level)
    forbid_core_dumps()
    arm(settings.crash_at)
    return serve(settings)


if __name__ == "__main__":
    sys.exit(main())
