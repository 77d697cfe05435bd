"""`python -m tests.conformance.relying_party --results FILE`: the SDK against the suite's relying-party plans.

The suite plays the provider; for each module a service built with the SDK is started, and a browser makes the module's
journey. A result line is like those of `run`, with row "rp" and how the journey ended.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relying_party_sdk import LoginError
from tests.conformance.relying_party_browser import Browser
from tests.conformance.relying_party_enrolment import enrolled, found_provider
from tests.conformance.relying_party_journeys import FOUND, JOURNEYS, REGISTERED, Step
from tests.conformance.relying_party_person import Person
from tests.conformance.relying_party_plans import PLANS, RelyingPartyPlan, suite_configuration
from tests.conformance.relying_party_service import build, named, serving
from tests.conformance.run import Suite

_POLL_SECONDS = 0.2
_LONGEST_SECONDS = 30.0
_GOOD = frozenset({"PASSED", "SKIPPED"})
_INSTEAD = " instead of "
_ENDED = frozenset({"FINISHED", "INTERRUPTED"})


@dataclass(frozen=True)
class RelyingPartyRunner:
    suite: Suite

    def run(self, plan: RelyingPartyPlan, *, only: frozenset[str]) -> Iterator[dict[str, Any]]:
        variant = json.dumps(dict(plan.variant))
        created = self.suite.call("POST", "plan", suite_configuration(plan), planName=plan.name, variant=variant)
        for module in created["modules"]:
            name = module["testModule"]
            if only and name not in only:
                continue
            started = time.monotonic()
            info, ended = self._run_module(plan, created["id"], module)
            expected = JOURNEYS[name].ends
            yield {
                "row": "rp",
                "plan": plan.name,
                "variant": dict(plan.variant),
                "module": name,
                "status": info["status"],
                "result": info.get("result") or "UNKNOWN",
                "journey": ended if ended == expected else f"{ended}{_INSTEAD}{expected}",
                "seconds": round(time.monotonic() - started, 1),
                "log": info["testId"],
            }

    def _run_module(
        self, plan: RelyingPartyPlan, plan_id: str, module: Mapping[str, Any]
    ) -> tuple[dict[str, Any], str]:
        name, variant = module["testModule"], module.get("variant")
        query = {"test": name, "plan": plan_id} | ({"variant": json.dumps(variant)} if variant else {})
        test_id = self.suite.call("POST", "runner", None, **query)["id"]
        info = self._wait(test_id, frozenset({"WAITING", *_ENDED}))
        if info["status"] in _ENDED:
            return info, "not begun"
        issuer = self.suite.call("GET", f"runner/{test_id}")["exposed"]["issuer"]
        ended = self._journey(plan, name, test_id, issuer=issuer)
        return self._wait(test_id, _ENDED), ended

    def _journey(self, plan: RelyingPartyPlan, name: str, test_id: str, *, issuer: str) -> str:
        """How it ended, in the words of `Journey.ends`."""
        steps = JOURNEYS[name].steps
        try:
            if steps == (Step.FIND,):
                found_provider(plan, name, issuer=issuer)
                return FOUND
            party = enrolled(plan, name, issuer=issuer)
            if steps == (Step.REGISTER,):
                return REGISTERED
        except LoginError as error:
            return named(error)
        with serving(build(party), port=plan.place.port), Browser() as browser:
            person = Person(browser, plan.place.origin, lambda: self._invitation(test_id))
            return person.travel(steps)

    def _invitation(self, test_id: str) -> str:
        """The link the suite shows, which it wants to hear was followed."""
        self._wait_for(lambda: bool(self.suite.call("GET", f"runner/browser/{test_id}")["urls"]))
        url: str = self.suite.call("GET", f"runner/browser/{test_id}")["urls"][0]
        self.suite.call("POST", f"runner/browser/{test_id}/visit", None, url=url)
        return url

    def _wait(self, test_id: str, wanted: frozenset[str]) -> dict[str, Any]:
        self._wait_for(lambda: self.suite.call("GET", f"info/{test_id}")["status"] in wanted)
        info: dict[str, Any] = self.suite.call("GET", f"info/{test_id}")
        return info

    @staticmethod
    def _wait_for(came: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _LONGEST_SECONDS
        while not came() and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--suite", default="https://suite.localhost:8443")
    options.add_argument("--plan", action="append", default=[], help="plans whose name holds this; all without")
    options.add_argument("--module", action="append", default=[], help="these modules alone")
    options.add_argument("--results", type=Path, required=True)
    options.add_argument("--logs", type=Path, help="a folder for the suite's log of each module that did not pass")
    given = options.parse_args()
    runner, wrong = RelyingPartyRunner(Suite(given.suite)), 0
    for plan in PLANS:
        if given.plan and not any(part in plan.name for part in given.plan):
            continue
        for result in runner.run(plan, only=frozenset(given.module)):
            print(f"{result['result']:9} {result['status']:11} {result['seconds']:5} {result['module']}", flush=True)
            print(f"          {result['journey']}", flush=True)
            wrong += result["result"] not in _GOOD or _INSTEAD in result["journey"]
            with given.results.open("a", encoding="utf-8") as file:
                file.write(json.dumps(result) + "\n")
            if given.logs and result["result"] != "PASSED":
                _keep_log(runner.suite, result, given.logs)
    if wrong:
        sys.exit(f"{wrong} modules did not end as they should")


def _keep_log(suite: Suite, result: Mapping[str, Any], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result['row']}-{result['module']}.json"
    path.write_text(json.dumps(suite.call("GET", f"log/{result['log']}"), indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
