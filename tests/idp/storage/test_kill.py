"""A worker killed in the middle of its work loses nothing it had acknowledged, and leaves no half of anything."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from idp.storage.database import Database

ACKNOWLEDGED = 60
WORKER = Path(__file__).with_name("committing_worker.py")


def acknowledged_by_a_killed_worker(url: str, name: str) -> set[str]:
    """The ids a worker said it had committed before it was killed."""
    with subprocess.Popen([sys.executable, WORKER, url, name], stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        ids = {worker.stdout.readline().strip() for _ in range(ACKNOWLEDGED)}
        worker.send_signal(signal.SIGKILL)
        return ids | {line.strip() for line in worker.stdout if line.endswith("\n")}


@pytest.mark.parametrize("name", ["first", "second"])
async def test_what_a_killed_worker_acknowledged_is_there(database_url: str, database: Database, name: str) -> None:
    acknowledged = acknowledged_by_a_killed_worker(database_url, name)

    # One question, because the last commit of the killed worker may still be on its way into the database.
    rows = await database.fetch_all(
        "SELECT person.id, audit_entry.person_id FROM person LEFT JOIN audit_entry ON audit_entry.person_id = person.id"
    )

    assert len(acknowledged) >= ACKNOWLEDGED
    assert acknowledged <= {row["id"] for row in rows}
    assert [row for row in rows if row["id"] != row["person_id"]] == []
