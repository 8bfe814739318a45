"""`make bench`: FlowServe beside its floors on the same cores, in the same run. See docs/performance.md."""
