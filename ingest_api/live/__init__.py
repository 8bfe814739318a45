"""The event stream behind the console: one look at a client's traffic every two seconds for all who watch."""
