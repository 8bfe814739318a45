"""The contract: events, topics, headers, problems, SQL and metric names. Imports nothing of ours."""
