"""`motcua migrate`: the database to the newest schema."""

import time

from idp.commands.installation import expected_faults, settings_or_fail
from idp.commands.terminal import AsJson, print_json, say, single_command
from idp.storage.migrate import migrate as migrate_database

app = single_command()


@app.command()
def migrate(*, as_json: AsJson = False) -> None:
    """Bring the database to the newest schema. Safe to run at every start, and by several hosts at once."""
    settings = settings_or_fail()
    started = time.perf_counter()
    with expected_faults():
        migrate_database(settings.database_url)
    if as_json:
        print_json({"migrated": True, "seconds": round(time.perf_counter() - started, 3)})
        return
    say("The database is at the newest schema.")
