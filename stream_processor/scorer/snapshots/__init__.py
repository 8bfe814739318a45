"""State on local disk, so that a scorer need not read its whole log again; the log stays the truth."""
