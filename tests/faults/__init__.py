"""The fault campaign: real parts under load, one fault at a time, and an independent verifier."""
