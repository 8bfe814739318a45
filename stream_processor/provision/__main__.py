"""`python -m stream_processor.provision`: creates topics, tables and day partitions; repeating it is safe.

Exit codes: 0 done, 1 not done (the last log line says why and what to do).
"""

import asyncio
import sys

from schemas.logs import configure_logging
from stream_processor.provision.run import provision_or_report
from stream_processor.provision.settings import ProvisionSettings


def main() -> int:
    settings = ProvisionSettings()
    configure_logging("provision", settings.log_level)
    return asyncio.run(provision_or_report(settings))


if __name__ == "__main__":
    sys.exit(main())
