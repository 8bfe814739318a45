"""The sink: the log as rows in PostgreSQL, each exactly once, because offsets live with the rows."""
