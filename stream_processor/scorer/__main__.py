"""`python -m stream_processor.scorer [faust arguments]`: a Faust worker; without arguments it just works."""

import sys

from schemas.core_dumps import forbid_core_dumps
from schemas.crash_points import arm
from schemas.logs import configure_logging
from stream_processor.scorer.settings import ScorerSettings
from stream_processor.scorer.start import start_or_say_why


def main() -> None:
    """Starts, with what Faust is told."""
    settings = ScorerSettings()
    configure_logging("scorer", settings.log_level)
    forbid_core_dumps()
    arm(settings.crash_at)
    sys.argv[1:] = sys.argv[1:] or ["worker", "--without-web", "--loglevel", settings.log_level]
    sys.exit(start_or_say_why(settings))


if __name__ == "__main__":
    main()
