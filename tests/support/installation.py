"""The provider as `motcua serve` runs it: several workers, real HTTP, either database, the sandbox's sources.

The demo always runs one worker on SQLite; this is the same configuration with other services, another database and
more workers. Every process is a child that ends with the test run.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from examples.personas import load_personas
from examples.runner.addresses import VARIABLE, Addresses, DemoFailure, check_ports_are_free
from examples.runner.configuration import ProviderConfiguration, provider_configuration
from examples.runner.private_files import ROOT, SECRETS_FILE, VAR_VARIABLE, load_or_make_secrets
from tests.support.citizen import Citizen

# Below the ports the kernel hands out by itself; the demos of other tests begin higher.
_BASES = range(10_000, 20_000, 100)
_START_SECONDS = 120
_STOP_SECONDS = 30


@dataclass(frozen=True)
class Installation:
    """`folder` holds its configuration and the logs of its processes."""

    folder: Path
    addresses: Addresses
    process: "subprocess.Popen[bytes]" = field(repr=False)

    @property
    def issuer(self) -> str:
        return self.addresses.issuer

    def citizen(self, persona: str = "plain") -> Citizen:
        """A persona of the sandbox with a new browser."""
        found = next(one for one in load_personas() if one.id == persona)
        told = {"id": found.id, "name": found.name, "phone": found.phone, "sources": found.credentials()}
        nowhere = nowhere_of(self.addresses)
        return Citizen(told, self.addresses.outbox, (nowhere, nowhere.replace("http://", "https://", 1)))

    def workers(self) -> list[int]:
        """The process ids of the workers alive now."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(child) for child in children if b"spawn_main" in _command_of(child)]

    def connections_of(self, worker: int) -> int:
        """How many services and browsers this worker is talking to."""
        held = {os.readlink(entry) for entry in Path(f"/proc/{worker}/fd").iterdir()}
        port = f":{self.addresses.base:04X}"
        rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
        # Local address, state (01 is established), inode.
        return sum(row[1].endswith(port) and row[3] == "01" and f"socket:[{row[9]}]" in held for row in rows)

    def log(self) -> str:
        return (self.folder / "provider.log").read_text(errors="replace")


def nowhere_of(addresses: Addresses) -> str:
    """Where services that exist only as programs are answered to; nobody listens."""
    return addresses.callback.removesuffix("/callback")


def free_addresses() -> Addresses:
    """A base port nobody uses. Test processes side by side begin at different places."""
    first = os.getpid() % len(_BASES)
    for base in (*_BASES[first:], *_BASES[:first]):
        addresses = Addresses(base)
        try:
            check_ports_are_free(addresses)
        except DemoFailure:
            continue
        return addresses
    raise RuntimeError("no free ports for an installation")


@contextmanager
def running_installation(
    folder: Path,
    database_url: str,
    addresses: Addresses,
    *,
    clients: Sequence[Mapping[str, Any]],
    workers: int = 2,
    told: Sequence[str] = (),
) -> Iterator[Installation]:
    """Up before the block, gone with all its processes after it. `database_url` names a migrated database; `told` are
    the `host:port` pairs where services beside the sandbox's want to hear of logouts."""
    secrets = load_or_make_secrets(folder / SECRETS_FILE)
    configuration = provider_configuration(addresses, secrets, var=folder)
    configuration.write()
    (folder / "clients.json").write_text(json.dumps(clients, ensure_ascii=False))
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("MOTCUA_")},
        VARIABLE: str(addresses.base),
        VAR_VARIABLE: str(folder),
        "MOTCUA_CONFIG": str(configuration.settings_file),
        "MOTCUA_DATABASE_URL": database_url,
        "MOTCUA_WORKERS": str(workers),
        "MOTCUA_OUTBOUND_ALLOW_LIST": ",".join((*addresses.outgoing, *told)),
    }
    with ExitStack() as stack:
        stack.enter_context(_child(environment, folder / "sandbox.log", "examples.runner.sandbox_parts"))
        _configure(environment, folder, configuration)
        provider = stack.enter_context(_child(environment, folder / "provider.log", "idp.cli", "serve"))
        made = Installation(folder, addresses, provider)
        for _, url in addresses.health_urls():
            _wait_for(url, made)
        yield made


def _configure(environment: Mapping[str, str], folder: Path, configuration: ProviderConfiguration) -> None:
    for arguments in (
        # The tables are there already; this makes the signing keys.
        ("migrate",),
        ("client", "import", str(folder / "clients.json")),
        ("source", "add", *map(str, configuration.source_files())),
    ):
        command = [sys.executable, "-m", "idp.cli", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr or done.stdout


@contextmanager
def _child(environment: Mapping[str, str], log: Path, *module: str) -> "Iterator[subprocess.Popen[bytes]]":
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", sys.executable, "-m", *module],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        finally:
            # Whatever is left of its group goes too.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(url: str, installation: Installation) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        with suppress(httpx2.TransportError):
            if httpx2.get(url, trust_env=False).status_code == 200:
                return
        if installation.process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{url} does not answer:\n{installation.log()}")
        time.sleep(0.05)


def _command_of(process: str) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except FileNotFoundError:
        # It ended while we looked.
        return b""
