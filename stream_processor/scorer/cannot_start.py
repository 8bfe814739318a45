"""What keeps a scorer from starting and a person can mend: a sentence for the log, and no traceback."""


class CannotStart(Exception):
    """The message says what to do."""
