"""Features, defined once: training, live scoring, recovery and replay all compute them here."""
