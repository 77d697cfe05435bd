"""`motcua purge`: delete what has expired; after a restore, end what may have been revoked since the backup."""

import time
from collections import Counter
from typing import Annotated

import typer

from idp.audit.events import ConfigurationChanged, ExpiredDataPurged
from idp.audit.log import audit_entry
from idp.commands.installation import opened, operator, run, settings_or_fail
from idp.commands.terminal import AsJson, print_json, say, single_command
from idp.registration.unused import forget_unused
from idp.settings import Settings
from idp.storage.database import Statement
from idp.storage.purge import purge as purge_expired

app = single_command()

AfterRestore = Annotated[
    bool,
    typer.Option("--after-restore", help="End every session and void every code, token and pending login."),
]


@app.command()
def purge(*, after_restore: AfterRestore = False, as_json: AsJson = False) -> None:
    """Delete what has expired, and in a sandbox services that registered themselves and were never used.

    Never touches people, links, consents or the audit log.
    """
    settings = settings_or_fail()
    if after_restore:
        run(_end_everything(settings))
    deleted = run(_purge(settings))
    if as_json:
        print_json({"deleted": dict(deleted), "ended": after_restore})
        return
    if after_restore:
        say("Every session is ended; every code, token and pending login is void.")
    for table, rows in sorted(deleted.items()):
        say(f"{table}: {rows} deleted")
    if not deleted:
        say("Nothing had expired.")


async def _purge(settings: Settings) -> Counter[str]:
    """Turn by turn until a turn finds nothing."""
    deleted: Counter[str] = Counter()
    async with opened(settings) as (database, _):
        months = settings.history_months
        while found := await purge_expired(database, now=int(time.time()), history_months=months):
            deleted.update(found)
        while settings.is_sandbox and (forgotten := await forget_unused(database, now=int(time.time()))):
            deleted["client"] += forgotten
        if deleted:
            now_ms = int(time.time() * 1000)
            events = [ExpiredDataPurged(table=table, rows=rows) for table, rows in sorted(deleted.items())]
            await database.commit(*(audit_entry(event, now_ms=now_ms) for event in events))
    return deleted


async def _end_everything(settings: Settings) -> None:
    """A backup does not know what was revoked after it was made: nothing it holds may be used again."""
    now = int(time.time())
    event = ConfigurationChanged(subject="sessions_and_tokens", action="ended_after_restore", operator=operator())
    async with opened(settings) as (database, _):
        await database.commit(
            Statement("UPDATE sso_session SET ended_at = $1 WHERE ended_at IS NULL", (now,)),
            Statement("UPDATE authorization_grant SET revoked_at = $1 WHERE revoked_at IS NULL", (now,)),
            Statement("UPDATE refresh_token SET consumed_at = $1 WHERE consumed_at IS NULL", (now,)),
            # Used up rather than deleted: a value that was used before the backup stays used.
            Statement("UPDATE short_lived SET consumed_at = $1 WHERE consumed_at IS NULL", (now,)),
            audit_entry(event, now_ms=now * 1000),
        )
