"""The work of `flowserve replay`, in the process that `cli.replay` has made for it."""

import asyncio
import signal
import sys
from collections.abc import Sequence

import asyncpg
from aiokafka.errors import KafkaError
from rich.console import Console

from cli.console import print_json
from cli.database import UsageError
from cli.replay_arguments import parse
from flowserve_ml.errors import ArtifactError, InputError
from schemas.crash_points import arm
from stream_processor.replay.discreet import discreet
from stream_processor.replay.history import ReplayError
from stream_processor.replay.run import replay
from stream_processor.replay.settings import ReplaySettings

DONE, FAILED, USAGE_ERROR, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str]) -> int:
    """The exit code; what went wrong is a sentence on standard error."""
    try:
        job = parse(arguments)
    except UsageError as error:
        return _sorry(str(error), USAGE_ERROR)
    signal.signal(signal.SIGINT, _interrupt)
    settings = ReplaySettings()
    arm(settings.crash_at)
    try:
        done = asyncio.run(replay(job, settings, Console(stderr=True)))
    except (ReplayError, InputError, ArtifactError, OSError) as error:
        return _sorry(str(error), FAILED)
    except asyncpg.UndefinedTableError:
        return _sorry("the database has no tables yet: run `python -m stream_processor.provision`", FAILED)
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return _sorry(f"the database does not allow it: {error}", FAILED)
    except KafkaError as error:
        return _sorry(
            f"Kafka does not allow it: {error!r}; FLOWSERVE_KAFKA_BOOTSTRAP names the brokers", FAILED
        )
    except KeyboardInterrupt:
        return _sorry("interrupted; the same command goes on", INTERRUPTED)
    if job.as_json:
        for each in done:
            print_json(vars(each))
    return DONE


def _interrupt(*_: object) -> None:
    """At once: asyncio's own handler would wait until the scoring is over."""
    raise KeyboardInterrupt


def _sorry(sentence: str, code: int) -> int:
    print(f"flowserve replay: {discreet(sentence)}", file=sys.stderr)
    return code
