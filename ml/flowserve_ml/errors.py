"""Errors that are the caller's to mend; `cli` prints their message instead of a stack trace."""


class InputError(ValueError):
    """An argument or an input file is not usable; the message says which and what would be."""


class ArtifactError(Exception):
    """A model folder cannot be used; the message names the file and says what is wrong with it."""
