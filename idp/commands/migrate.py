"""`motcua migrate`: the database to the newest schema, and the first signing keys."""

from pathlib import Path

from idp.commands.failure import CommandFailed
from idp.commands.installation import expected_faults, opened, run, settings_or_fail
from idp.commands.signing_keys import change_ring
from idp.commands.terminal import AsJson, print_json, say, single_command
from idp.operators.key_ring_changes import make_missing_keys, told_as_rotation
from idp.settings import Settings
from idp.storage.location import SqliteLocation, locate
from idp.storage.migrate import migrate as migrate_database

app = single_command()


@app.command()
def migrate(*, as_json: AsJson = False) -> None:
    """Bring the database to the newest schema and make missing signing keys. Safe at every start, on every host."""
    settings = settings_or_fail()
    with expected_faults():
        _make_private_file(settings)
        migrate_database(settings.database_url)
    made = run(_make_keys(settings))
    if as_json:
        print_json({"migrated": True, "keys_made": made})
        return
    say("The database is at the newest schema." + (f" {made} signing keys were made." if made else ""))


def _make_private_file(settings: Settings) -> None:
    """An SQLite file for its owner alone, whatever the umask; its write-ahead log takes over the mode."""
    location = locate(settings.database_url)
    if not isinstance(location, SqliteLocation) or location.path is None:
        return
    try:
        Path(location.path).touch(mode=0o600, exist_ok=True)
    except OSError as error:
        raise CommandFailed(f"{location.path} cannot be written: {error.strerror}") from error


async def _make_keys(settings: Settings) -> int:
    async with opened(settings) as (database, vault):
        change = await change_ring(database, vault, make_missing_keys, told_as_rotation)
    return len(change.changed)
