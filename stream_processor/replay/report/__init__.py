"""The report on a replay: what a candidate changes against a baseline, as one HTML file and as JSON."""
