"""The version of this package; `client/pyproject.toml` reads it from here."""

VERSION = "1.0.0"
