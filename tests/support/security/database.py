"""PostgreSQL with our roles, and with TLS where Debian's build is there: the embedded one has none."""

import os
import secrets
import shutil
import ssl
import subprocess
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from local_stack.account import account_for
from local_stack.binaries import programs
from local_stack.parts import port_memory
from local_stack.proc import wait_until
from local_stack.process import Process
from schemas.database_roles import GRANTS
from stream_processor.provision.connection import Connection
from tests.support.security.certificates import Authority
from tests.support.security.debian import debian_programs

OWNER = "flowserve"
_ENCRYPTED = """\
hostssl all all 127.0.0.1/32 scram-sha-256
hostnossl all all all reject
"""
_UNENCRYPTED = "host all all 127.0.0.1/32 scram-sha-256\n"


class SecuredPostgres:
    """A server called `localhost`; a login for the owner of the tables and one for each role.

    `tls` tells whether connections are encrypted; then no other one is taken.
    """

    def __init__(self, data: Path, authority: Authority) -> None:
        debian = debian_programs()
        self.tls = debian is not None
        # Outside of the test's own folder, which PostgreSQL's account cannot enter.
        self._folder = Path(tempfile.mkdtemp(prefix="flowserve-secured-"))
        self._cluster = self._folder / "cluster"
        self._account = account_for(self._cluster)
        self._programs = debian or programs(self._account)
        self._port = port_memory(data).get("secured-postgres")
        self._ca_file = authority.ca_file
        self._issued = authority.issue("postgres", "localhost")
        self._super = secrets.token_urlsafe(24)
        self.passwords = {name: secrets.token_urlsafe(24) for name in (OWNER, *GRANTS)}
        options = [f"-cport={self._port}", "-clisten_addresses=127.0.0.1", "-cunix_socket_directories="]
        if self.tls:
            options += ["-cssl=on", f"-cssl_cert_file={self._cluster}/postgres.pem"]
            options += [f"-cssl_key_file={self._cluster}/postgres.key"]
        self._process = Process(
            "secured-postgres",
            [str(self._programs / "postgres"), "-D", str(self._cluster), *options],
            {"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]},
            data / "logs" / "secured-postgres.log",
            folder=Path("/"),
            user=self._account.user,
            group=self._account.group,
        )

    def start(self) -> None:
        """Makes the cluster, the database and the roles the first time."""
        if self._cluster.exists():
            self._process.start()
            return
        self._initialise()
        self._process.start()
        if not wait_until(lambda: self._sql("select 1"), 30):
            raise AssertionError(self._process.log_tail())
        for name, password in self.passwords.items():
            if name == OWNER:
                self._must(f"create role {name} login password '{password}'")
            else:
                self._must(f"create role {name} nologin")
                self._must(f"create role {name}_login in role {name} login password '{password}'")
        self._must(f"create database flowserve owner {OWNER}")

    def stop_immediate(self) -> None:
        """As after a power cut."""
        self._process.kill()

    def kill(self) -> None:
        """SIGKILL; the data stays."""
        self._process.kill()

    def erase(self) -> None:
        """Ends it and removes everything."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def environment(self, role: str = OWNER) -> dict[str, str]:
        """PG* of a login of this role, with the server's certificate and name checked."""
        encrypted = {"PGSSLMODE": "verify-full", "PGSSLROOTCERT": str(self._ca_file)}
        return {
            "PGHOST": "localhost",
            "PGPORT": str(self._port),
            "PGUSER": role if role == OWNER else f"{role}_login",
            "PGPASSWORD": self.passwords[role],
            "PGDATABASE": "flowserve",
            **(encrypted if self.tls else {}),
        }

    @asynccontextmanager
    async def session(self, role: str = OWNER) -> AsyncIterator[Connection]:
        """A connection of a login of this role."""
        connection = await asyncpg.connect(
            host="localhost",
            port=self._port,
            user=self.environment(role)["PGUSER"],
            password=self.passwords[role],
            database="flowserve",
            ssl=ssl.create_default_context(cafile=self._ca_file) if self.tls else False,
        )
        try:
            yield connection
        finally:
            await connection.close()

    def _initialise(self) -> None:
        self._account.give(self._folder)
        password = self._folder / "password"
        password.write_text(self._super)
        self._own(password)
        words = [
            "-A",
            "scram-sha-256",
            "-U",
            "postgres",
            "--pwfile",
            str(password),
            "-E",
            "UTF8",
            "--no-sync",
        ]
        done = self._run("initdb", ["-D", str(self._cluster), *words, "--locale=C.UTF-8"], {})
        assert done.returncode == 0, done.stderr
        (self._cluster / "pg_hba.conf").write_text(_ENCRYPTED if self.tls else _UNENCRYPTED)
        for source in self._issued:
            self._own(Path(shutil.copy(source, self._cluster)))

    def _own(self, file: Path) -> None:
        file.chmod(0o600)
        if self._account.user is not None and self._account.group is not None:
            os.chown(file, self._account.user, self._account.group)

    def _must(self, statement: str) -> None:
        assert self._sql(statement), statement.partition(" password ")[0]

    def _sql(self, statement: str) -> bool:
        # By address: PostgreSQL's own psql must not need a certificate that its account cannot read.
        access = {"PGHOST": "127.0.0.1", "PGPORT": str(self._port), "PGUSER": "postgres"}
        access |= {"PGPASSWORD": self._super, "PGDATABASE": "postgres"}
        words = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"]
        return self._run("psql", words, access, statement).returncode == 0

    def _run(
        self, program: str, words: Sequence[str], access: dict[str, str], text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self._programs / program), *words],
            env={"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"], **access},
            user=self._account.user,
            group=self._account.group,
            extra_groups=None if self._account.user is None else [],
            cwd="/",
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
