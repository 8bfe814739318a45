"""Runs history again: the live pipeline's own fold and model, with a state of its own."""
