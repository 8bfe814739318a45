"""Commands that send transactions: over REST (`score`) and over Kafka (`produce`)."""
