"""A worker killed with -9 among its merges: each pair is one person or two, with everything that belongs to it."""

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from idp.storage.database import Database
from tests.support.population import HOA, Population

WORKER = Path(__file__).with_name("merging_worker.py")
ROOT = WORKER.parents[3]
PAIRS = 40
_EVERYTHING = (
    "SELECT 'merge' AS what, absorbed_id AS id, '' AS value FROM person_merge "
    "UNION ALL SELECT 'person', id, status FROM person "
    "UNION ALL SELECT 'link', id, person_id FROM identity_link "
    "UNION ALL SELECT 'ended', id, '' FROM sso_session WHERE ended_at IS NOT NULL "
    "UNION ALL SELECT 'notice', id, '' FROM outbox WHERE kind = 'sms' "
    "UNION ALL SELECT 'told', person_id, '' FROM audit_entry WHERE event = 'people.merged'"
)
UNNUMBERED = replace(HOA, personal_id=None)


def killed_after(acknowledged: int, url: str) -> set[int]:
    """The pairs that the worker said it had merged."""
    command = [sys.executable, "-m", "tests.idp.identity.merging_worker", url, str(PAIRS)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        merged = {int(worker.stdout.readline()) for _ in range(acknowledged)}
        worker.send_signal(signal.SIGKILL)
        return merged | {int(line) for line in worker.stdout if line.endswith("\n")}


@pytest.mark.parametrize("acknowledged", [3, 11])
async def test_each_pair_is_one_or_two_with_everything_or_nothing(
    database_url: str, database: Database, acknowledged: int
) -> None:
    population = Population(database)
    for number in range(PAIRS):
        for age, name in enumerate((f"old-{number}", f"new-{number}")):
            await population.person(name, created_at=1_000 + age)
            await population.link(name, f"link-of-{name}", UNNUMBERED, source_id=f"source-{age}")
            await population.session(name, f"session-of-{name}", link_id=f"link-of-{name}")

    said = killed_after(acknowledged, database_url)

    # One question, because the last commit of the killed worker may still be on its way into the database.
    seen = await database.fetch_all(_EVERYTHING)
    facts: dict[str, dict[str, list[str]]] = {}
    for row in seen:
        facts.setdefault(str(row["what"]), {}).setdefault(str(row["id"]), []).append(str(row["value"]))
    merges = set(facts["merge"])
    assert {f"new-{number}" for number in said} <= merges
    for number in range(PAIRS):
        old, new, is_merged = f"old-{number}", f"new-{number}", f"new-{number}" in merges
        assert facts["person"][new] == ["merged" if is_merged else "active"]
        assert facts["link"][f"link-of-{new}"] == [old if is_merged else new]
        assert (f"session-of-{new}" in facts["ended"]) is is_merged
        assert (f"notice-{number}" in facts["notice"]) is is_merged
        assert [len(facts["told"].get(name, [])) for name in (old, new)] == [int(is_merged)] * 2
