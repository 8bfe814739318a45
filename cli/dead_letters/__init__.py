"""`flowserve dlq`: refused requests, as they lie on Kafka."""
