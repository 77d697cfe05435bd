"""CPU, memory and start-up of process trees, read from /proc (Linux)."""

import os
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    cpu_seconds: float
    pss_mib: float
    processes: int


def usage_of(root: int) -> Usage:
    """The tree below and with `root`; memory as proportional set size, so that shared pages count once."""
    cpu = pss = 0.0
    tree = tree_of(root)
    for pid in tree:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            cpu += (int(fields[11]) + int(fields[12])) / _TICK
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    pss += int(line.split()[1]) / 1024
        except (FileNotFoundError, ProcessLookupError):
            continue
    return Usage(cpu, pss, len(tree))


def tree_of(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        children.setdefault(parent, []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting.extend(children.get(pid, []))
    return found


def seconds_until_answer(url: str, *, since: float, limit: float = 30.0) -> float:
    """From `since` (monotonic) to the first 200. Raises TimeoutError."""
    while time.monotonic() - since < limit:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return time.monotonic() - since
        except (urllib.error.URLError, OSError):
            time.sleep(0.005)
    raise TimeoutError(url)
