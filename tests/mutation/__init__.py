"""Mutation tests: small mistakes in the pure core, one at a time, each of which a unit test must notice."""
