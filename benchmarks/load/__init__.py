"""A load generator and its callers: raw HTTP/1.1, because callers share the cores with who answers."""
