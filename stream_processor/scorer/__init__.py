"""The scorer: a Faust worker whose partition actors run the pipeline and own their state."""
