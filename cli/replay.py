"""`flowserve replay`: the work at the lowest priority, and a process that holds it back beside live lag."""

import importlib
import os
import signal
from collections.abc import Sequence

from cli.governor import govern
from cli.low_priority import step_back
from stream_processor.replay.settings import ReplaySettings

_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: Sequence[str]) -> int:
    """The exit code of the work; what killed it ends this process as well."""
    settings, parent = ReplaySettings(), os.getpid()
    child = os.fork()  # nothing heavy is imported yet: no thread runs that a fork would lose
    if not child:
        step_back(parent)
        code: int = importlib.import_module("cli.replay_run").main(arguments)
        return code
    for number in _PASSED_ON:
        signal.signal(number, lambda received, _: os.kill(child, received))
    code = os.waitstatus_to_exitcode(govern(child, settings))
    if code < 0:
        if -code != signal.SIGKILL:  # nobody may handle that one, so it has no handler to take back
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code
