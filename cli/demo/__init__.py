"""`make demo`: the whole service at work on this machine, a scorer killed half-way, and the account of it."""
