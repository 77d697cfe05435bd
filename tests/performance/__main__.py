"""`make bench`: one worker and its database on core 0, the load on core 1; prints one row a scenario.

Noise on shared machines is large: compare only rows of one run, or better, alternating runs (docs/performance.md).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.performance.measure import Usage, seconds_until_answer, usage_of
from tests.support.postgresql import PostgresqlServer, start_server

_CLIENT: Final = {"id": "bench", "secret": "bench-secret-" + "0" * 30, "redirect_uri": "http://127.0.0.1:9999/cb"}
# Made for this benchmark only.
_JWK: Final = {
    "kty": "EC",
    "crv": "P-256",
    "kid": "bench",
    "x": "ztvf320G5aHbVPdiBfzu6iq6j2FZ0H_wjP1BGDZ-bOs",
    "y": "jQjv9wXjyJg6uRx6EK4_F6zZNtqnQ0GL1RLGW2GmqwE",
    "d": "oYFF0cCqWPG4bLTUrESLAgEsuXhl5W_A5-eqlo7Ru2M",
}
_JWT_CLIENT: Final = {"id": "bench-jwt", "jwk": _JWK, "redirect_uri": "http://127.0.0.1:9999/cb"}
_FAPI2_CLIENT: Final = {
    "id": "bench-fapi2",
    "jwk": _JWK,
    "redirect_uri": "https://service.bench.example/cb",
    "profile": "fapi2",
}
_PORT: Final = 8790
_PERCENTILES: Final = ("p50", "p95", "p99")


@dataclass(frozen=True)
class Served:
    process: "subprocess.Popen[bytes]"
    started_in: float
    database: PostgresqlServer | None


def main() -> None:
    options = _options()
    titles = ("CPU ms", "app", "db", *_PERCENTILES)
    print(f"{'scenario':<24}{'store':<12}{'per s':>8}" + "".join(f"{title:>8}" for title in titles) + "  errors")
    for store in options.store:
        with served(store, workers=options.workers, pinned=not options.free) as server:
            for scenario, jwt in options.scenarios:
                name = f"{scenario}, private_key_jwt" if jwt else scenario
                _row(name, store, run(server, scenario, jwt=jwt, options=options))
            worker = usage_of(server.process.pid)
            print(
                f"  {store}: start to first answer {server.started_in:.2f} s, "
                f"memory {worker.pss_mib:.0f} MiB in {worker.processes} process(es)"
            )


def run(server: Served, scenario: str, *, jwt: bool, options: argparse.Namespace) -> dict[str, Any]:
    task = {
        "host": f"127.0.0.1:{_PORT}",
        "client": _FAPI2_CLIENT if scenario == "fapi2" else _JWT_CLIENT if jwt else _CLIENT,
        "scenario": scenario,
        "users": options.users,
        "warm_up": options.warm_up,
        "seconds": options.seconds,
        "rate": options.rate,
        "jwt": jwt or scenario == "fapi2",
    }
    command = [*(() if options.free else ("taskset", "-c", "1")), sys.executable, "-m", "tests.performance.load"]
    load = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert load.stdin is not None
    assert load.stdout is not None
    load.stdin.write(json.dumps(task) + "\n")
    load.stdin.flush()
    if load.stdout.readline().strip() != "ready":
        raise SystemExit(f"the load did not start: see its error above ({scenario})")
    load.stdin.write("go\n")
    load.stdin.flush()
    time.sleep(options.warm_up)
    before = _usages(server)
    time.sleep(options.seconds)
    after = _usages(server)
    result: dict[str, Any] = json.loads(load.stdout.readline())
    load.wait()
    units = max(1, result["units"])
    for part in after:
        result[part] = (after[part].cpu_seconds - before[part].cpu_seconds) / units * 1000
    result["per_s"] = units / options.seconds
    return result


def _usages(server: Served) -> dict[str, Usage]:
    found = {"app": usage_of(server.process.pid)}
    if server.database is not None and server.database.process is not None:
        found["db"] = usage_of(server.database.process.pid)
    return found


def _row(scenario: str, store: str, result: dict[str, Any]) -> None:
    database = result.get("db", 0.0)
    figures = (result["per_s"], result["app"] + database, result["app"], database, *(result[p] for p in _PERCENTILES))
    print(
        f"{scenario:<24}{store:<12}{figures[0]:>8.0f}"
        + "".join(f"{figure:>8.2f}" for figure in figures[1:])
        + f"  {result['errors']} {result['first_error'] or ''}",
        flush=True,
    )


@contextmanager
def served(store: str, *, workers: int, pinned: bool) -> Iterator[Served]:
    """A provider on a fresh database, and what it started."""
    pin = ["taskset", "-c", "0"] if pinned else []
    with tempfile.TemporaryDirectory(prefix="motcua-bench-") as folder:
        database = start_server() if store == "postgresql" else None
        url = database.url("postgres") if database else f"sqlite:///{Path(folder) / 'bench.db'}"
        if store == "memory":
            url = f"sqlite:////dev/shm/{Path(folder).name}.db"
        environment = {
            **os.environ,
            "MOTCUA_ISSUER": f"http://127.0.0.1:{_PORT}",
            "MOTCUA_ENVIRONMENT": "sandbox",
            "MOTCUA_PORT": str(_PORT),
            "MOTCUA_WORKERS": str(workers),
            "MOTCUA_DATABASE_URL": url,
            "MOTCUA_MASTER_KEYS": "bench:" + "A" * 43,
            "MOTCUA_LOG_LEVEL": "WARNING",
            "BENCH_CLIENTS": json.dumps([_CLIENT, _JWT_CLIENT, _FAPI2_CLIENT]),
        }
        # An installation keeps its bytecode; without it every start would compile the program anew.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        if database is not None and pinned and database.process is not None:
            subprocess.run(
                ["taskset", "-a", "-p", "-c", "0", str(database.process.pid)], check=True, capture_output=True
            )
        serve = [sys.executable, "-m", "tests.performance.server"]
        subprocess.run([sys.executable, "-m", "tests.performance.prepare"], env=environment, check=True)
        since = time.monotonic()
        process = subprocess.Popen([*pin, *serve], env=environment)
        try:
            started_in = seconds_until_answer(f"http://127.0.0.1:{_PORT}/.well-known/openid-configuration", since=since)
            yield Served(process, started_in, database)
        finally:
            process.terminate()
            process.wait(30)
            if database is not None:
                database.remove()
            Path(f"/dev/shm/{Path(folder).name}.db").unlink(missing_ok=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--store", nargs="+", default=["postgresql", "sqlite"], choices=["postgresql", "sqlite", "memory"]
    )
    parser.add_argument(
        "--scenario", nargs="+", default=["sso", "sso-jwt", "fapi2", "refresh", "introspect", "discovery"]
    )
    parser.add_argument("--users", type=int, default=16, help="virtual users, each with a connection")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--warm-up", type=float, default=3)
    parser.add_argument("--rate", type=float, default=0, help="arrivals a second; 0 is a closed loop")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--free", action="store_true", help="pin nothing")
    options = parser.parse_args()
    options.scenarios = [(name.removesuffix("-jwt"), name.endswith("-jwt")) for name in options.scenario]
    return options


if __name__ == "__main__":
    main()
