"""`python -m stream_processor.scorer [faust arguments]`: a Faust worker; without arguments it just works."""

import asyncio
import sys

from schemas.core_dumps import forbid_core_dumps
from schemas.crash_points import arm
from schemas.logs import configure_logging
from stream_processor.scorer.build import build
from stream_processor.scorer.membership import slot_lock
from stream_processor.scorer.prove import check_faust, check_group, check_topics
from stream_processor.scorer.settings import ScorerSettings


def main() -> None:
    """Proves what it needs, then hands over to Faust."""
    settings = ScorerSettings()
    configure_logging("scorer", settings.log_level)
    forbid_core_dumps()
    arm(settings.crash_at)
    check_faust()
    with slot_lock(settings.data_dir, settings.scorer_slot):
        asyncio.run(check_topics(settings))
        asyncio.run(check_group(settings))
        sys.argv[1:] = sys.argv[1:] or ["worker", "--without-web", "--loglevel", settings.log_level]
        build(settings).main()


if __name__ == "__main__":
    main()
