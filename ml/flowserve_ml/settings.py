"""The one place of this package that touches the environment."""

import os

from flowserve_ml.errors import InputError


def use_one_thread() -> None:
    """Let OpenMP use one thread unless told otherwise: on busy cores its pools wait for each other.

    It counts only before scikit-learn is imported, so `cli` calls it before it loads a command.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def api_key() -> str:
    """The backend's API key, from FLOWSERVE_API_KEY; raises InputError if there is none."""
    key = os.environ.get("FLOWSERVE_API_KEY", "")
    if not key:
        raise InputError(
            "set FLOWSERVE_API_KEY to an API key of the backend with the scopes predict and read"
        )
    return key
