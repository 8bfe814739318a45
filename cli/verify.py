"""`flowserve verify parity FILE`: proves on a running installation that every door answers alike."""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from cli.console import print_json
from cli.parity import Difference, LiveDoors, check_times, differences, offline
from cli.settings import ConsoleSettings
from flowserve_ml.errors import ArtifactError, InputError
from flowserve_ml.prepare.source import Source
from flowserve_ml.runtime import Model
from flowserve_ml.store import current_folder
from schemas.headers import DEFAULT_CLIENT
from stream_processor.replay.from_file import read_file
from stream_processor.replay.history import LABEL_DELAY_DAYS, ReplayError

DONE, DIFFERENT, FAILED = 0, 1, 1
_SHOWN = 10

_TEXT = """\
Sends the transactions of FILE (.csv, .parquet, .jsonl; at most 40 days old, minor units) through the live
doors, half of the customers over REST and half over Kafka, replays the same file, and compares every feature,
score, decision and reason. The installation should be new: where younger transactions were decided, these are
late and their terminals are seen as of later. The API key is read from FLOWSERVE_API_KEY, the brokers from
FLOWSERVE_KAFKA_BOOTSTRAP, the model from FLOWSERVE_MODELS_DIR.
"""
_EXIT_CODES = """\
exit codes:
  0  every answer is equal
  1  something differs, or it could not be done; the message says what
  2  the command was not understood
"""


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0 all equal, 1 something differs or could not be done, 2 wrong use."""
    options = make_parser().parse_args(arguments)
    try:
        return asyncio.run(_parity(options, ConsoleSettings(), Console(stderr=True)))
    except (ReplayError, InputError, ArtifactError, OSError) as error:
        print(f"flowserve verify: {error}", file=sys.stderr)
        return FAILED


async def _parity(options: argparse.Namespace, settings: ConsoleSettings, console: Console) -> int:
    if settings.api_key is None:
        raise ReplayError("set FLOWSERVE_API_KEY to a key of the client with the scope predict")
    model = Model.load(current_folder(settings.models_dir))
    now = time.time()
    history = read_file(Source(options.file), options.client, model.manifest.rates, LABEL_DELAY_DAYS, now)
    check_times(history, now)
    replayed = offline(history, model)
    key = settings.api_key.get_secret_value()
    doors = LiveDoors(settings, options.url, key, options.client, options.settle)
    with Progress(console=console) as progress:
        live = await doors.answers(history, progress)
    return told(differences(live, replayed), len(replayed), options.json)


def told(found: Sequence[Difference], transactions: int, as_json: bool) -> int:
    """Prints the verdict; its exit code."""
    if as_json:
        listed = [asdict(each) for each in found]
        print_json({"equal": not found, "transactions": transactions, "differences": listed})
    elif found:
        print(*found[:_SHOWN], sep="\n")
        print(f"{len(found):,} differences in {transactions:,} transactions")
    else:
        print(
            f"{transactions:,} transactions: features, scores, decisions and reasons are equal on every door"
        )
    return DIFFERENT if found else DONE


def make_parser() -> argparse.ArgumentParser:
    """The parser of this command."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="flowserve verify",
        description="Proofs on a running installation.",
        epilog=_EXIT_CODES,
        formatter_class=form,
    )
    proofs = parser.add_subparsers(title="proofs", required=True, metavar="PROOF")
    parity = proofs.add_parser(
        "parity", help="every door answers alike", description=_TEXT, formatter_class=form
    )
    parity.add_argument("file", type=Path, metavar="FILE")
    parity.add_argument("--url", default="http://127.0.0.1:8000", help="the API (%(default)s)")
    parity.add_argument("--client", default=DEFAULT_CLIENT, help="the key's client (%(default)s)")
    parity.add_argument(
        "--settle",
        type=float,
        default=15.0,
        metavar="SECONDS",
        help="wait between two weeks of the file: three times FLOWSERVE_MATURE_SECONDS (%(default)s)",
    )
    parity.add_argument("--json", action="store_true", help="a JSON object with every difference")
    return parser
