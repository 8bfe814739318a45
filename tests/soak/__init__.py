"""The soak: half of capacity for half an hour and more, restarts sprinkled in, and what grows meanwhile."""
