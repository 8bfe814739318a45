"""From labelled transactions to a model folder; `run` is the whole way. Needs the `train` extra."""
