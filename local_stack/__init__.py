"""The local stack: the real Kafka and PostgreSQL without Docker, and FlowServe's processes on top of them."""
