"""`python -m tests.faults.stalling_scorer`: a scorer whose event loop stands still once, for 20 s."""

import time

from stream_processor.pipeline.rules import Rules
from stream_processor.scorer import build
from stream_processor.scorer.__main__ import main
from stream_processor.scorer.models import CurrentRules

_CALLS, _SECONDS = 40, 20


class StallingRules(CurrentRules):
    """The real rules, but asking for them takes 20 s once."""

    _asked = 0

    def __call__(self) -> Rules:
        """Says that it stalls, then does."""
        self._asked += 1
        if self._asked == _CALLS:
            print("stalls now", flush=True)
            time.sleep(_SECONDS)
        return super().__call__()


if __name__ == "__main__":
    vars(build)["CurrentRules"] = StallingRules
    main()
