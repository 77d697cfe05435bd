"""The demo's child processes: started in groups of their own, watched, and ended together, whoever dies first."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from examples.runner.addresses import DemoFailure
from examples.runner.private_files import ROOT

PATIENCE_SECONDS = 8.0
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Child:
    """`log` is where it writes; its last lines are shown when it dies."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def last_lines(self, count: int = 15) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(f"    {line}" for line in lines[-count:])


class Children:
    """A context: leaving it leaves nobody behind."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._environment = environment
        self._folder = folder
        self._children: list[Child] = []

    def __enter__(self) -> "Children":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, name: str, module: str, *arguments: str) -> Child:
        """`python -m module` in a process group of its own, so that Ctrl-C reaches the demo alone."""
        log = self._folder / f"{name}.log"
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
        child = Child(name, process, log)
        self._children.append(child)
        return child

    def check(self) -> None:
        """Raises DemoFailure, which names the child that died and shows its last lines."""
        for child in self._children:
            code = child.process.poll()
            if code is not None:
                raise DemoFailure(f"the {child.name} ended unexpectedly (exit code {code}):\n{child.last_lines()}")

    def stop(self) -> None:
        """SIGTERM to every group, and SIGKILL to what is left after some seconds."""
        for child in self._children:
            _signal_group(child, signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE_SECONDS
        for child in self._children:
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(timeout=max(0.0, deadline - time.monotonic()))
            # Also where the child itself has ended: a worker of its own may have stayed.
            _signal_group(child, signal.SIGKILL)
            child.process.wait()


def run_command(environment: Mapping[str, str], module: str, arguments: Sequence[str]) -> None:
    """A command that ends by itself. Raises DemoFailure with what it said."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        raise DemoFailure(f"`motcua {' '.join(arguments[:2])}` failed:\n{said}")


def _signal_group(child: Child, number: signal.Signals) -> None:
    try:
        os.killpg(child.process.pid, number)
    except ProcessLookupError:
        return


def _die_with_parent() -> None:
    # A demo killed with -9 cannot clean up; on Linux the kernel does it.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
