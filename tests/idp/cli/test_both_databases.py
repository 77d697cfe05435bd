"""The life of an installation in commands, on SQLite and on PostgreSQL."""

import asyncio
from collections.abc import Sequence

from idp.storage.database import Row
from idp.storage.open import open_database
from tests.idp.cli.conftest import Installation
from tests.idp.cli.test_client import PORTAL
from tests.idp.cli.test_source import register


def _query(url: str, text: str) -> Sequence[Row]:
    async def read() -> Sequence[Row]:
        database = open_database(url)
        try:
            return await database.fetch_all(text)
        finally:
            await database.close()

    return asyncio.run(read())


def test_an_installation_is_made_run_and_checked_by_commands(empty: Installation, database_url: str) -> None:
    empty.configure(database_url=database_url)
    for file in empty.folder.glob("*.db"):
        file.chmod(0o600)
    empty.done("migrate")
    empty.done("source", "add", empty.write("s.json", register()))
    secret = empty.done("client", "add", empty.write("p.json", PORTAL), "--json").json["client_secret"]
    assert secret != empty.done("client", "rotate-secret", "portal", "--json").json["client_secret"]
    empty.done("client", "disable", "portal")
    empty.done("client", "enable", "portal")
    empty.done("source", "disable", "social-insurance")
    rotated = empty.done("keys", "rotate", "--alg", "ES256", "--json").json
    assert [key["state"] for key in rotated["changed"]] == ["retired", "active", "next"]
    empty.done("keys", "retire", rotated["changed"][0]["kid"], "--withdraw")
    empty.done("purge", "--after-restore")
    _query(database_url, "UPDATE audit_entry SET recorded_at = recorded_at - 60000 RETURNING id")
    assert empty.done("audit", "seal", "--json").json["entries"] >= 10
    assert empty.done("audit", "verify", "--json").json["whole"] is True
    empty.done("doctor", "--offline")


def test_every_change_by_a_command_is_in_the_audit_log_with_its_operator(
    empty: Installation, database_url: str
) -> None:
    empty.configure(database_url=database_url)
    empty.done("migrate")
    empty.done("client", "add", empty.write("p.json", PORTAL))
    empty.done("client", "disable", "portal")
    told = _query(database_url, "SELECT client_id, detail FROM audit_entry WHERE event = 'configuration.changed'")
    assert [row["client_id"] for row in told] == ["portal", "portal"]
    assert all('"operator":"cli' in str(row["detail"]).replace(" ", "") for row in told)
