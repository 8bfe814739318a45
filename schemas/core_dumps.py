"""A core dump is a copy of memory: bodies, passwords and card numbers that no log may hold."""

import resource


def forbid_core_dumps() -> None:
    """For this process and those that it starts; cannot be taken back without privileges."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
