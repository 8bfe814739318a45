"""A package, so that the stack ends with its last test."""
