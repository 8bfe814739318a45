"""The routes, one module per group; each is added to the application with what it needs."""
