"""The whole sandbox as a newcomer starts it: a process of its own, in a folder and on ports of its own."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from examples.runner.addresses import VARIABLE, Addresses, DemoFailure, check_ports_are_free
from examples.runner.private_files import ROOT, VAR_VARIABLE

# Below the ports that the kernel hands out by itself.
_FIRST_PORT, _LAST_PORT, _STEP = 20_000, 32_000, 100
_PATIENCE_SECONDS = 10.0
_POLL_SECONDS = 0.03
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Demo:
    """A running sandbox and what it told of itself in `demo.json`."""

    process: subprocess.Popen[str]
    folder: Path
    addresses: Addresses
    said: list[str]

    @property
    def document(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self.folder / "demo.json").read_text(encoding="utf-8"))
        return read

    @property
    def portal(self) -> str:
        return self.addresses.portal

    @property
    def consultation(self) -> str:
        return self.addresses.consultation

    def citizen(self, id: str) -> dict[str, Any]:
        found: dict[str, Any] = next(citizen for citizen in self.document["citizens"] if citizen["id"] == id)
        return found

    def messages(self, to: str) -> list[dict[str, str]]:
        """Newest first."""
        url = f"{self.addresses.outbox}/messages.json?{urlencode({'to': to})}"
        with _DIRECT.open(url, timeout=5) as answer:
            read: list[dict[str, str]] = json.load(answer)
        return read

    def codes(self, to: str) -> list[str]:
        """Newest first; notices hold none."""
        return [message["code"] for message in self.messages(to) if message["code"]]

    def code_after(self, to: str, *, earlier: int) -> str:
        """The newest code, once more than `earlier` have come."""
        eventually(lambda: len(self.codes(to)) > earlier, f"a code to {to}")
        return self.codes(to)[0]

    def letters(self, to: str) -> list[dict[str, str]]:
        """Newest first."""
        url = f"{self.addresses.outbox}/letters.json?{urlencode({'to': to})}"
        with _DIRECT.open(url, timeout=5) as answer:
            read: list[dict[str, str]] = json.load(answer)
        return read

    @contextmanager
    def fault(self, part: str, fault: str) -> Iterator[None]:
        """The part at this address misbehaves until the block ends."""
        _set_fault(part, fault)
        try:
            yield
        finally:
            _set_fault(part, "none")

    def stop(self) -> int:
        """As Ctrl-C in a terminal or `kill` would; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        rest, _ = self.process.communicate(timeout=30)
        self.said.extend(rest.splitlines())
        return self.process.returncode

    @property
    def provider_log(self) -> str:
        return (self.folder / "demo" / str(self.addresses.base) / "provider.log").read_text(encoding="utf-8")

    def survivors(self) -> list[int]:
        """The processes that still carry this demo's environment, zombies left out."""
        mark = f"{VAR_VARIABLE}={self.folder}".encode()
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _carries(entry, mark)]


def start_demo(folder: Path, *, worker: int = 0) -> Demo:
    """Returns when it says `ready`. `worker` keeps parallel test processes from the same ports."""
    addresses = _free_addresses(_FIRST_PORT + worker * 1000)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MOTCUA_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "examples.demo"],
        cwd=ROOT,
        env={**environment, VARIABLE: str(addresses.base), VAR_VARIABLE: str(folder), "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said: list[str] = []
    for line in process.stdout:
        said.append(line.rstrip("\n"))
        if said[-1] == "ready":
            return Demo(process, folder, addresses, said)
    process.wait()
    process.stdout.close()
    raise AssertionError("the demo did not start:\n" + "\n".join(said))


def eventually(holds: Callable[[], object], what: str, *, within: float = _PATIENCE_SECONDS) -> None:
    """Waits no longer than needed, and not for ever."""
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, f"waited {within} s in vain for {what}"
        time.sleep(_POLL_SECONDS)


def _free_addresses(first: int) -> Addresses:
    for base in range(first, _LAST_PORT, _STEP):
        addresses = Addresses(base)
        try:
            check_ports_are_free(addresses)
        except DemoFailure:
            continue
        return addresses
    raise AssertionError("no free ports for a demo")


def _set_fault(part: str, fault: str) -> None:
    with _DIRECT.open(f"{part}/sandbox/fault", data=urlencode({"fault": fault}).encode(), timeout=10) as answer:
        assert answer.status == 200


def _carries(entry: Path, mark: bytes) -> bool:
    try:
        return mark in (entry / "environ").read_bytes().split(b"\0")
    except OSError:
        # It ended while we looked, or is a zombie.
        return False
