"""`python -m tests.overload [curve] [flood] [life] [scale] [history]`: overload and graceful life."""

import argparse
import json
import logging
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import uvloop

from tests.overload.curve import Curve
from tests.overload.flood import Flood
from tests.overload.history import WithHistory
from tests.overload.installation import Installation
from tests.overload.life import Life
from tests.overload.report import write_report
from tests.support.security.broker import SecuredKafka
from tests.support.security.certificates import Authority

OUTPUT = Path("build/overload")
_NAMES = ("curve", "flood", "life", "scale", "history")


async def measure(name: str, data: Path, rate: float, quota: int, customers: int) -> dict[str, Any]:
    """One scenario on an installation of its own."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("FLOWSERVE_", "PG"))
    }
    secured = SecuredKafka(data, Authority(data / "tls")) if name == "flood" else None
    apis, scorers = (2, 2) if name in ("life", "history") else (1, 1)
    installation = Installation(data, inherited, apis, scorers, secured)
    try:
        await installation.start()
        if secured is not None:
            return await Flood(installation, secured, rate).run(quota)
        if name == "curve":
            return await Curve(installation).run()
        if name == "history":
            return await WithHistory(installation, data, customers).run()
        life = Life(installation, rate)
        return await (life.rolling_restart() if name == "life" else life.scale())
    finally:
        await installation.erase()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.overload", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="|".join(_NAMES), help="what to measure")
    parser.add_argument("--rate", type=float, default=30, help="REST requests a second beside flood and life")
    parser.add_argument("--quota", type=int, default=15_000, help="bytes a second for the direct producer")
    parser.add_argument("--customers", type=int, default=10_000, help="whose month lies behind `history`")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="folder for one JSON file each")
    parser.add_argument("--report", action="store_true", help="only write docs/overload.md from that folder")
    asked = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    for name in () if asked.report else asked.names or _NAMES:
        data = Path(tempfile.mkdtemp(prefix=f"overload-{name}-"))
        before = os.getloadavg()
        try:
            done = uvloop.run(measure(name, data, asked.rate, asked.quota, asked.customers))
        finally:
            shutil.rmtree(data, ignore_errors=True)
        done |= {"written_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "cores": os.cpu_count()}
        done["load_average"] = [round(before[0], 1), round(os.getloadavg()[0], 1)]
        asked.output.mkdir(parents=True, exist_ok=True)
        (asked.output / f"{name}.json").write_text(json.dumps(done, indent=1) + "\n")
        print(json.dumps(done, indent=1), flush=True)
    write_report(asked.output)


if __name__ == "__main__":
    main()
