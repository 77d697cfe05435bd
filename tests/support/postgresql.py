"""A PostgreSQL server of the test run's own: Debian's binaries, a directory in /tmp, gone at the end."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from idp.storage.migrate import migrate

_TEMPLATE = "motcua_template"
# Durable like a production server, but small.
_SETTINGS = ("fsync=on", "shared_buffers=64MB", "max_connections=200", "autovacuum_naptime=600")

# Ends what a test left connected, and leaves the rows that the migrations themselves wrote.
_EMPTY = """
SELECT count(pg_terminate_backend(pid, 1000)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid();
SET session_replication_role = replica;
DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
    INSERT INTO configuration_version (id, version) VALUES (1, 1);
END $$;
"""


@dataclass
class PostgresqlServer:
    """A running server; `stop` and `start` let a test take it away and bring it back."""

    binaries: Path
    directory: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None
    emptied: list[str] = field(default_factory=list)

    def url(self, database: str) -> str:
        return f"postgresql://motcua@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        options = [
            part
            for setting in (
                *_SETTINGS,
                f"port={self.port}",
                "listen_addresses=127.0.0.1",
                f"unix_socket_directories={self.directory}",
            )
            for part in ("-c", setting)
        ]
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*_as_postgres(), str(self.binaries / "postgres"), "-D", str(self.directory / "data"), *options],
                stdout=log,
                stderr=log,
            )
        self._wait_until_ready()

    def stop(self, *, at_once: bool = False) -> None:
        """Ends the server: politely, or as a power cut would (`at_once`)."""
        if self.process is None:
            return
        if at_once:
            self._cut_power()
        else:
            self.process.send_signal(2)
        self.process.wait(30)
        self.process = None

    def _cut_power(self) -> None:
        """Nothing of the server survives: its backends would answer on for a moment after the postmaster's death."""
        assert self.process is not None
        backends = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        self.process.kill()
        for backend in backends:
            with suppress(ProcessLookupError):
                os.kill(int(backend), signal.SIGKILL)
        deadline = time.monotonic() + 10
        while any(_is_running(backend) for backend in backends):
            if time.monotonic() > deadline:
                raise RuntimeError("a backend outlives its server")
            time.sleep(0.005)

    def remove(self) -> None:
        """Ends the server for good and deletes its files."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def fresh_database(self) -> str:
        """A database with every table and no rows; returns its name."""
        if self.emptied:
            return self.emptied.pop()
        name = f"test_{secrets.token_hex(6)}"
        self.run_sql(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        return name

    def take_back(self, name: str) -> None:
        """Empties a database that nobody uses any more, which is much quicker than making a new one."""
        self.run_sql(_EMPTY, database=name)
        self.emptied.append(name)

    def drop_database(self, name: str) -> None:
        self.run_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def run_sql(self, sql: str, *, database: str = "postgres") -> str:
        """Runs as superuser and returns what psql prints."""
        command: list[str] = [str(self.binaries / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        command += ["-d", self.url(database), "-c", sql]
        answer = subprocess.run(command, capture_output=True, check=True, timeout=30)
        return answer.stdout.decode().strip()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + 30
        probe = [str(self.binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        while subprocess.run(probe, check=False).returncode != 0:
            if self.process is None or self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.directory / "log").read_text())
            time.sleep(0.05)


def start_server() -> PostgresqlServer:
    """Initialises and starts a server whose template database has every table."""
    binaries = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    directory = Path(tempfile.mkdtemp(prefix="motcua-postgresql-", dir="/tmp"))
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(directory, owner.pw_uid, owner.pw_gid)
    subprocess.run(
        [
            *_as_postgres(),
            binaries / "initdb",
            *("-D", directory / "data", "-U", "motcua", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"),
        ],
        check=True,
        capture_output=True,
        cwd=directory,
    )
    server = PostgresqlServer(binaries, directory, _free_port())
    server.start()
    server.run_sql(f"CREATE DATABASE {_TEMPLATE}")
    migrate(server.url(_TEMPLATE))
    return server


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    """One server for the run (for each worker of pytest-xdist)."""
    server = start_server()
    yield server
    server.remove()


@pytest.fixture
def postgresql_url(postgresql_server: PostgresqlServer) -> Iterator[str]:
    """A database of this test's own, with every table. A test that changes tables makes itself another one."""
    name = postgresql_server.fresh_database()
    yield postgresql_server.url(name)
    postgresql_server.take_back(name)


def _is_running(pid: str) -> bool:
    """A zombie has ended; only its parent has not looked yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _as_postgres() -> list[str]:
    """PostgreSQL refuses to run as root; it also ends when the test run is killed."""
    if os.geteuid() != 0:
        return ["setpriv", "--pdeathsig", "INT"]
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig", "INT"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
