"""Provisioning: creates what the processes need in Kafka and PostgreSQL, and refuses what does not fit."""
