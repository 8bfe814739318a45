"""Makes this process the last one on the machine to get anything."""

import contextlib
import ctypes
import os
import signal
import sys
import time
from pathlib import Path

_LOWEST = 19
# A tenth of what a live process gets where both want a processor: at 19 a busy machine would starve the work.
_SESSION = 10
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux
_TRIES, _AGAIN_SECONDS = 5, 0.15
# Pools of numpy, onnxruntime and Arrow are as large as the machine; each reads its own when it is loaded.
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ARROW_IO_THREADS")


def step_back(parent: int) -> None:
    """To be called before anything heavy is imported; the process ends when `parent` does.

    Linux shares the processors out between sessions first, and a priority counts within its session only: so
    this process gets a session of its own, and the session gets the priority.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
    os.setsid()
    os.nice(_LOWEST)
    _lower_session()
    for name in _ONE_THREAD:
        os.putenv(name, "1")


def _lower_session() -> None:
    """Without effect where the system has no such groups, as in a container."""
    for _ in range(_TRIES):
        with contextlib.suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(_SESSION))
            return
        time.sleep(_AGAIN_SECONDS)  # others' changes within a tenth of a second make the system refuse ours
