"""A package, so that the secured stack ends with its last test."""
