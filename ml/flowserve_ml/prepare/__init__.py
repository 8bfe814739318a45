"""From somebody's file to a clean table with features; `run` is the whole way. Needs the `train` extra."""
