"""`python -m stream_processor.sink`: runs until SIGTERM or SIGINT.

Exit codes: 0 stopped when asked, 70 it could not go on (the last log line says why), 75 the stop hung.
"""

import gc
import sys

import uvloop

from schemas.core_dumps import forbid_core_dumps
from schemas.crash_points import arm
from schemas.logs import configure_logging
from stream_processor.sink.run import run_or_report
from stream_processor.sink.settings import SinkSettings


def main() -> int:
    settings = SinkSettings()
    configure_logging("sink", settings.log_level)
    forbid_core_dumps()
    arm(settings.crash_at)
    # Records and rows hold no cycles, so looking through thousands of them is work for nothing; what Kafka's
    # client leaves in cycles holds whole batches of bytes, so not never.
    gc.set_threshold(10_000)
    return uvloop.run(run_or_report(settings))


if __name__ == "__main__":
    sys.exit(main())
