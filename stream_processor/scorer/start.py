"""From the settings to a worker that serves, or to one line about what keeps it from starting."""

import asyncio
import logging

from stream_processor.scorer.build import build
from stream_processor.scorer.cannot_start import CannotStart
from stream_processor.scorer.membership import slot_lock
from stream_processor.scorer.prove import check_faust, check_group, check_topics
from stream_processor.scorer.settings import ScorerSettings

log = logging.getLogger(__name__)

EXIT_FAILED = 1


def start_or_say_why(settings: ScorerSettings) -> int:
    """Hands over to Faust, which ends the process; the exit code where something has to be mended first."""
    check_faust()
    try:
        with slot_lock(settings.data_dir, settings.scorer_slot):
            asyncio.run(check_topics(settings))
            asyncio.run(check_group(settings))
            build(settings).main()
    except CannotStart as error:
        log.critical("the scorer cannot start: %s", error)
    return EXIT_FAILED
