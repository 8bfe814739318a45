"""PostgreSQL 18 on a folder and a port of its own: TCP on the loopback, passwords by SCRAM, fsync on."""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from local_stack import secret
from local_stack.account import Account
from local_stack.errors import PartFailed
from local_stack.proc import wait_until
from local_stack.process import Process

START_SECONDS = 30.0
STOP_SECONDS = 10.0
SUPERUSER, NAME = "postgres", "flowserve"

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "password_encryption": "scram-sha-256",
}


class Postgres:
    """A server whose folder, port and data outlive it: it may be stopped, killed and started again.

    `folder` holds the database and belongs to `account`; `data` is the stack's data folder, with the password
    (`secrets/postgres-password`, mode 0600) and the log (`logs/postgres.log`).
    """

    def __init__(
        self,
        data: Path,
        port: int,
        folder: Path,
        programs: Path,
        account: Account,
        environment: Mapping[str, str],
    ) -> None:
        data = data.absolute()
        self.port = port
        self.folder = folder
        self._cluster = folder / "cluster"
        self._programs = programs
        self._account = account
        self._environment = {**environment, "LC_ALL": "C.UTF-8", "HOME": str(folder)}
        self._password_file = data / "secrets" / "postgres-password"
        options = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        self.process = Process(
            "postgres",
            [str(programs / "postgres"), "-D", str(self._cluster), "-p", str(port), *options],
            self._environment,
            data / "logs" / "postgres.log",
            folder=Path("/"),
            stop_signal=signal.SIGINT,
            user=account.user,
            group=account.group,
            pid_file=data / "run" / "postgres.pid",
        )

    @property
    def alive(self) -> bool:
        return self.process.alive

    @property
    def password(self) -> str:
        return secret.recall_or_make(self._password_file)

    @property
    def dsn(self) -> str:
        return f"postgresql://{NAME}:{self.password}@127.0.0.1:{self.port}/{NAME}"

    def environment(self) -> dict[str, str]:
        """PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE of the database `flowserve` and its owner."""
        return {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": NAME,
            "PGPASSWORD": self.password,
            "PGDATABASE": NAME,
        }

    def start(self, seconds: float = START_SECONDS) -> None:
        """Creates the cluster when there is none, starts it, waits, creates the database.

        Raises PartFailed.
        """
        self.launch()
        self.wait_ready(seconds)

    def launch(self) -> None:
        """As `start`, without the wait and what follows it."""
        if not self.alive:
            self._account.give(self.folder)
            if secret.recall(self._password_file) is None:
                # The data folder was removed by hand, and with the password went the logs that the rows
                # came from: nobody can open this database any more.
                shutil.rmtree(self._cluster, ignore_errors=True)
            if not self._cluster.exists():
                self._initialise()
            self.process.start()

    def wait_ready(self, seconds: float = START_SECONDS) -> None:
        """Waits until the server answers and the database is there. Raises PartFailed when it does not."""
        if not wait_until(lambda: not self.alive or self.answers(), seconds) or not self.alive:
            code = self.process.exit_code
            why = f"did not answer within {seconds:.0f} s" if code is None else f"ended with exit code {code}"
            tail = self.process.log_tail()
            self.process.kill()
            raise PartFailed("postgres", why, tail)
        self._create_database()

    def answers(self) -> bool:
        return self._psql("SELECT 1").returncode == 0

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """PostgreSQL's fast stop: open transactions are rolled back, sessions closed, everything flushed."""
        self.process.stop(seconds)

    def stop_immediate(self, seconds: float = STOP_SECONDS) -> None:
        """PostgreSQL's immediate stop, after which the next start recovers from the write-ahead log."""
        self.process.stop(seconds, signal.SIGQUIT)

    def kill(self) -> None:
        self.process.kill()

    def erase(self) -> None:
        """Kills the server and removes the database, which may lie outside the data folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def pause(self) -> None:
        self.process.pause()

    def resume(self) -> None:
        self.process.resume()

    def _initialise(self) -> None:
        """initdb beside the final place and a rename, so that an interrupted one leaves nothing behind."""
        shutil.rmtree(self.folder / "half", ignore_errors=True)
        with tempfile.NamedTemporaryFile("w", dir=self.folder) as password_file:
            password_file.write(self.password)
            password_file.flush()
            if self._account.user is not None:
                shutil.chown(password_file.name, self._account.user)
            command = [str(self._programs / "initdb"), "-D", str(self.folder / "half"), "-U", SUPERUSER]
            command += ["-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"]
            done = self._run([*command, f"--pwfile={password_file.name}"])
        if done.returncode != 0:
            tail = (done.stdout + done.stderr).splitlines()[-20:]
            raise PartFailed("postgres", "initdb failed", tail)
        (self.folder / "half").rename(self._cluster)

    def _create_database(self) -> None:
        if NAME in self._psql("SELECT datname FROM pg_database").stdout.split():
            return
        # The password is made of letters, digits, - and _ only: safe between quotes.
        role = f"CREATE ROLE {NAME} LOGIN PASSWORD '{self.password}'"
        for statement in (f"DROP ROLE IF EXISTS {NAME}", role, f"CREATE DATABASE {NAME} OWNER {NAME}"):
            done = self._psql(statement)
            if done.returncode != 0:
                raise PartFailed("postgres", f"the database {NAME} was not created", done.stderr.splitlines())

    def _psql(self, statement: str) -> subprocess.CompletedProcess[str]:
        arguments = ["-X", "-A", "-t", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", SUPERUSER]
        return self._run(
            [str(self._programs / "psql"), *arguments, "-d", "postgres", "-f", "-"],
            {"PGPASSWORD": self.password, "PGCONNECT_TIMEOUT": "3"},
            statement,
        )

    def _run(
        self, command: list[str], extra: Mapping[str, str] | None = None, text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            env={**self._environment, **(extra or {})},
            input=text,
            user=self._account.user,
            group=self._account.group,
            extra_groups=None if self._account.user is None else [],
            cwd="/",
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
