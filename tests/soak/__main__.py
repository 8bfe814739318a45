"""`python -m tests.soak [--minutes 32]`: half of capacity with restarts; writes docs/soak.md and its plot."""

import argparse
import asyncio
import json
import logging
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.soak.report import write_report
from tests.soak.soak import Soak

OUTPUT = Path("build/soak")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=32, help="for so long segments are begun")
    parser.add_argument("--kafka-rate", type=float, default=200, help="records a second of direct producers")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="folder for the JSON file")
    parser.add_argument("--report", action="store_true", help="only write docs/soak.md from that folder")
    asked = parser.parse_args()
    file = asked.output / "soak.json"
    if asked.report:
        write_report(json.loads(file.read_text()))
        return 0
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("FLOWSERVE_", "PG"))
    }
    data, before = Path(tempfile.mkdtemp(prefix="soak-")), os.getloadavg()
    try:
        done = asyncio.run(Soak(data, inherited, asked.minutes, asked.kafka_rate).run())
    finally:
        shutil.rmtree(data, ignore_errors=True)
    done |= {"written_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "cores": os.cpu_count()}
    done["load_average"] = [round(before[0], 1), round(os.getloadavg()[0], 1)]
    asked.output.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(done, indent=1) + "\n")
    write_report(done)
    return 0 if all(each["clean"] for each in done["runs"]) else 1


if __name__ == "__main__":
    sys.exit(main())
