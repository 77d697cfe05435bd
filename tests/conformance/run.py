"""`python -m tests.conformance.run --row 2`: runs plans in a suite that is up, and writes what it said of each module.

Results go to `--results`, one JSON object a module; with `--logs`, the suite's log of each module that did not pass.
"""

import argparse
import json
import os
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from idp.configuration import POLL_SECONDS
from tests.conformance.client_certificates import load_or_make_certificates
from tests.conformance.client_keys import load_or_make_keys
from tests.conformance.elsewhere import Neighbour, approval_address
from tests.conformance.plans import PLANS, AskedElsewhere, Plan, configuration
from tests.conformance.provider import MTLS, static_clients

_POLL_SECONDS = 0.5
_LONGEST_SECONDS = 240.0
_ENDED = frozenset({"FINISHED", "INTERRUPTED"})


@dataclass(frozen=True)
class Suite:
    """The suite's REST API. Its certificate is one of this machine's own."""

    base: str

    def call(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        url = f"{self.base}/api/{path}" + (f"?{urlencode(query)}" if query else "")
        request = urllib.request.Request(
            url,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json", "accept": "application/json"},
        )
        context = ssl.create_default_context()
        with urllib.request.urlopen(request, context=context, timeout=60) as answer:
            return json.loads(answer.read() or b"null")


@dataclass(frozen=True)
class Runner:
    suite: Suite
    issuer: str
    tax: str
    keys: Mapping[str, dict[str, Any]]
    before_start: Mapping[str, Callable[[], None]]
    elsewhere: Callable[[Plan], AskedElsewhere | None]

    def run(self, plan: Plan, *, only: frozenset[str]) -> Iterator[dict[str, Any]]:
        told = configuration(
            plan,
            issuer=self.issuer,
            tax=self.tax,
            suite=self.suite.base,
            keys=self.keys,
            elsewhere=self.elsewhere(plan),
        )
        created = self.suite.call("POST", "plan", told, planName=plan.name, variant=json.dumps(dict(plan.variant)))
        for module in created["modules"]:
            if only and module["testModule"] not in only:
                continue
            started = time.monotonic()
            info = self._run_module(created["id"], module)
            yield {
                "row": plan.row,
                "plan": plan.name,
                "variant": dict(plan.variant),
                "module": module["testModule"],
                "status": info["status"],
                "result": info.get("result") or "UNKNOWN",
                "seconds": round(time.monotonic() - started, 1),
                "log": info["testId"],
            }

    def _run_module(self, plan_id: str, module: Mapping[str, Any]) -> dict[str, Any]:
        name, variant = module["testModule"], module.get("variant")
        query = {"test": name, "plan": plan_id} | ({"variant": json.dumps(variant)} if variant else {})
        test_id = self.suite.call("POST", "runner", None, **query)["id"]
        deadline = time.monotonic() + _LONGEST_SECONDS
        while True:
            info: dict[str, Any] = self.suite.call("GET", f"info/{test_id}")
            if info["status"] in _ENDED or time.monotonic() > deadline:
                return info
            if info["status"] == "CONFIGURED" and name in self.before_start:
                self.before_start[name]()
                self.suite.call("POST", f"runner/{test_id}")
            time.sleep(_POLL_SECONDS)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--suite", default="https://suite.localhost:8443")
    options.add_argument("--issuer", default="https://op.localhost:9443")
    options.add_argument("--tax", default="http://127.0.0.1:9081")
    options.add_argument("--outbox", default="http://127.0.0.1:9090", help="where the sandbox shows its messages")
    options.add_argument("--mtls", default=MTLS, help="where the proxy asks services for certificates")
    options.add_argument("--mode", choices=["poll", "ping"], help="of row 10; both without")
    options.add_argument("--row", type=int, action="append", help="rows of docs/conformance.md; all without")
    options.add_argument("--registration", choices=["static_client", "dynamic_client"])
    options.add_argument("--module", action="append", default=[], help="these modules alone")
    options.add_argument("--results", type=Path, required=True)
    options.add_argument("--logs", type=Path)
    options.add_argument("--var", type=Path, required=True, help="the provider's folder")
    options.add_argument("--config", type=Path, required=True, help="the provider's motcua.toml, to rotate its keys")
    given = options.parse_args()
    rotate = partial(_rotate_keys, given.config)
    keys = load_or_make_keys(given.var)
    elsewhere = partial(_asked_elsewhere, given)
    runner = Runner(Suite(given.suite), given.issuer, given.tax, keys, {"oidcc-server-rotate-keys": rotate}, elsewhere)
    for plan in PLANS:
        if given.row and plan.row not in given.row:
            continue
        if given.registration and plan.variant.get("client_registration", given.registration) != given.registration:
            continue
        if given.mode and plan.variant.get("ciba_mode", given.mode) != given.mode:
            continue
        for result in runner.run(plan, only=frozenset(given.module)):
            print(
                f"{result['row']:2} {result['result']:9} {result['status']:11} {result['seconds']:6} {result['module']}"
            )
            with given.results.open("a", encoding="utf-8") as file:
                file.write(json.dumps(result) + "\n")
            if given.logs and result["result"] not in {"PASSED", "REVIEW"}:
                _keep_log(runner.suite, result, given.logs)


# A telephone gets only so many codes an hour: each mode asks somebody else.
_NEIGHBOURS = {"poll": "plain", "ping": "tone-marks"}


def _asked_elsewhere(given: argparse.Namespace, plan: Plan) -> AskedElsewhere | None:
    mode = plan.variant.get("ciba_mode")
    if mode is None:
        return None
    first = next(client for client in static_clients(given.suite) if client["client_id"] == "suite-one")
    neighbour = Neighbour(given.issuer, given.outbox, _NEIGHBOURS[mode], first)
    return AskedElsewhere(
        sub=neighbour.sub(),
        approval_url=approval_address(neighbour),
        certificates=load_or_make_certificates(given.var),
        mtls_origin=given.mtls,
    )


def _rotate_keys(config: Path) -> None:
    """As an operator does while the provider runs; a worker sees it within two seconds.

    Of one algorithm: the suite's check of the new keys knows no Ed25519.
    """
    environment = {**os.environ, "MOTCUA_CONFIG": str(config)}
    subprocess.run([sys.executable, "-m", "idp.cli", "keys", "rotate", "--alg", "RS256"], env=environment, check=True)
    time.sleep(POLL_SECONDS + 1)


def _keep_log(suite: Suite, result: Mapping[str, Any], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result['row']}-{result['module']}.json"
    path.write_text(json.dumps(suite.call("GET", f"log/{result['log']}"), indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
