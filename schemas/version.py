"""The version of the backend: of its package, its REST interface, its topics and its commands."""

VERSION = "1.0.0"
