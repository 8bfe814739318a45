"""Which of the workers that run side by side gets which tests."""

from xdist.scheduler import LoadFileScheduling

_ONE_STACK = {"tests/e2e/calls", "tests/integration/security"}


class Scheduling(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """A module is run by one worker, and so are all modules of a folder that share a stack."""

    def _split_scope(self, nodeid: str) -> str:
        module: str = super()._split_scope(nodeid)
        folder = module.rpartition("/")[0]
        return folder if folder in _ONE_STACK else module
