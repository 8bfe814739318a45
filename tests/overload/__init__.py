"""Overload and graceful life: more load than there is capacity, and processes that come and go."""
