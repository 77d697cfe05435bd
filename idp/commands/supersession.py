"""`motcua supersession`: which personal IDs were re-issued. The numbers are read from a file and printed nowhere."""

import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from idp.audit.events import ConfigurationChanged
from idp.audit.log import audit_entry
from idp.commands.failure import CommandFailed
from idp.commands.installation import opened, operator, run, settings_or_fail
from idp.commands.terminal import AsJson, command_app, print_json, say
from idp.identity.succession.file import Fault, Succession, faults_beside, read_successions
from idp.identity.succession.supersessions import recorded_pair, stored_successors
from idp.settings import Settings
from idp.storage.database import Insert, IntegrityConflict
from idp.storage.vault import Vault
from idp.storage.whole_files import insert_all

app = command_app("Import which personal IDs took the place of which.")

_MOST_FAULTS_TOLD: Final = 20


@app.callback()
def supersession() -> None:
    """Keeps `import` a command of its own."""


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, one `old,new` a line; `-` for stdin.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Store every pair of a file, or none: a line that is wrong is named, and nothing is changed."""
    settings, now = settings_or_fail(), time.time()
    successions = _read(file, now)
    imported = run(_import(settings, successions, now=int(now)))
    unchanged = len(successions) - imported
    if as_json:
        print_json({"imported": imported, "unchanged": unchanged})
        return
    say(f"{imported} imported, {unchanged} known before.")


def _read(file: Path, now: float) -> list[Succession]:
    today = datetime.fromtimestamp(now, UTC).date()
    try:
        with ExitStack() as stack:
            lines = typer.get_text_stream("stdin") if str(file) == "-" else stack.enter_context(file.open(newline=""))
            successions, faults = read_successions(lines, today=today)
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{file} cannot be read: {type(error).__name__}") from error
    if faults:
        raise _refused(faults)
    return successions


async def _import(settings: Settings, successions: list[Succession], *, now: int) -> int:
    async with opened(settings) as (database, vault):
        known = await stored_successors(database, vault, {one.old for one in successions} | _ends(successions))
    faults = list(faults_beside(successions, known))
    if faults:
        raise _refused(faults)
    wanted = [one for one in successions if one.old not in known]
    if not wanted:
        return 0
    event = ConfigurationChanged(
        subject="superseded_personal_ids", action=f"imported:{len(wanted)}", operator=operator()
    )
    try:
        await insert_all(settings.database_url, [*_rows(vault, wanted, now), audit_entry(event, now_ms=now * 1000)])
    except IntegrityConflict as error:
        raise CommandFailed("somebody else imported at the same time; nothing was changed, run it again") from error
    return len(wanted)


def _rows(vault: Vault, wanted: list[Succession], now: int) -> list[Insert]:
    return [row for one in wanted for row in recorded_pair(vault, one.old, one.new, now=now)]


def _ends(successions: list[Succession]) -> set[str]:
    return {one.new for one in successions}


def _refused(faults: list[Fault]) -> CommandFailed:
    told = [f"line {fault.line}: {fault.reason}" for fault in faults[:_MOST_FAULTS_TOLD]]
    more = len(faults) - len(told)
    if more:
        told.append(f"and {more} lines more")
    return CommandFailed("\n".join([*told, "nothing was imported"]))
