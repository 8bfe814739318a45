"""The type of a PostgreSQL connection: asyncpg's class is generic for type checkers only."""

from typing import TypeAlias

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
