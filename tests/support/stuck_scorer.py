"""`python -m tests.support.stuck_scorer`: a scorer whose model never comes back, and holds the event loop."""

import threading

from stream_processor.pipeline.rules import Rules
from stream_processor.scorer import build
from stream_processor.scorer.__main__ import main
from stream_processor.scorer.models import CurrentRules


class StuckRules(CurrentRules):
    """The real rules, but asking for them takes for ever."""

    def __call__(self) -> Rules:
        """Says that it is stuck, then is."""
        print("stuck now", flush=True)
        threading.Event().wait(120)
        return super().__call__()


if __name__ == "__main__":
    vars(build)["CurrentRules"] = StuckRules
    main()
