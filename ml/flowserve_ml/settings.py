"""The one place of this package that touches the environment."""

import os


def use_one_thread() -> None:
    """Let OpenMP use one thread unless told otherwise: on busy cores its pools wait for each other.

    It counts only before scikit-learn is imported, so `cli` calls it before it loads a command.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")
