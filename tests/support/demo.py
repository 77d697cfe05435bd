"""The whole sandbox as `make demo` starts it, in a folder and on ports of its own. Knows nothing of its pages."""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from examples.runner.addresses import Addresses, DemoFailure, check_ports_are_free

ROOT = Path(__file__).parents[2]
_PACKAGES = ("examples", "idp", "keys", "mobile_otp", "relying_party_sdk")
# Below the ports the kernel hands out by itself, so that nobody takes one between our look and the demo's.
_BASES = range(10_000, 32_000, 100)
_ATTEMPTS = 5
_STOP_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Demo:
    """What `var/demo.json` tells, with clients and citizens by their id. `folder` is the demo's working directory."""

    issuer: str
    outbox: str
    services: tuple[Mapping[str, Any], ...]
    sources: tuple[Mapping[str, Any], ...]
    clients: Mapping[str, Mapping[str, Any]] = field(repr=False)
    citizens: Mapping[str, Mapping[str, Any]] = field(repr=False)
    folder: Path

    @property
    def addresses(self) -> Addresses:
        return Addresses(int(self.issuer.rpartition(":")[2]))


@contextmanager
def running_demo(folder: Path, **environment: str) -> Iterator[Demo]:
    """Up before the block, gone with all its processes after it. `folder` may be empty or a demo's of before."""
    for package in _PACKAGES:
        if not (folder / package).exists():
            (folder / package).symlink_to(ROOT / package)
    process = _started(folder, environment)
    try:
        yield _read(folder)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        finally:
            # Its children end with it, also here: they ask the kernel for that.
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


def _started(folder: Path, environment: Mapping[str, str]) -> "subprocess.Popen[str]":
    """A demo that said "ready". Another base port is tried where somebody was faster."""
    said: list[str] = []
    for _ in range(_ATTEMPTS):
        process = subprocess.Popen(
            # It ends with the test run, even where that is killed.
            ["setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "examples.demo"],
            cwd=folder,
            env={**_inherited(), "MOTCUA_DEMO_PORT": str(_free_base()), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if line.strip() == "ready":
                return process
        process.wait()
        process.stdout.close()
        if "already in use" not in "".join(said):
            break
    raise RuntimeError("the demo did not start:\n" + "".join(said))


def _inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("MOTCUA_")}


def _free_base() -> int:
    bases = list(_BASES)
    random.shuffle(bases)
    for base in bases:
        try:
            check_ports_are_free(Addresses(base))
        except DemoFailure:
            continue
        return base
    raise RuntimeError("no free ports for a demo")


def _read(folder: Path) -> Demo:
    told = json.loads((folder / "var" / "demo.json").read_text(encoding="utf-8"))
    return Demo(
        issuer=told["issuer"],
        outbox=told["outbox"],
        services=tuple(told["services"]),
        sources=tuple(told["sources"]),
        clients={client["client_id"]: client for client in told["clients"]},
        citizens={citizen["id"]: citizen for citizen in told["citizens"]},
        folder=folder,
    )
