"""The rows of the table, by what they need; each module's `measure` gives the figures of its rows."""
