"""A secured installation for tests: certificates, a broker with SASL_SSL and rules, a PostgreSQL with TLS."""
