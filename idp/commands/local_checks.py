"""What `motcua doctor` checks without asking the registry: files, and the database as such."""

import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from idp.commands.findings import Finding, fault, ok, warning
from idp.settings import Settings
from idp.storage.database import Database, StorageUnavailable
from idp.storage.location import SqliteLocation, UnusableDatabaseUrl, locate
from idp.storage.open import open_database
from idp.storage.schema import newest_revision, revision_of

_TOLERATED_SKEW_SECONDS = 5


def configuration_file() -> Iterator[Finding]:
    """The file may hold the master key: nobody but its owner and group may read it."""
    path = os.environ.get("MOTCUA_CONFIG")
    if not path:
        return
    mode = stat.S_IMODE(Path(path).stat().st_mode)
    if mode & stat.S_IRWXO or mode & stat.S_IWGRP:
        yield fault("files", f"{path} can be read or written by others (mode {mode:04o})", f"chmod 0640 {path}")
        return
    yield ok("files", f"{path} has mode {mode:04o}")


def database_file(settings: Settings) -> Iterator[Finding]:
    """For SQLite: the file and its folder. The folder matters too: the write-ahead log is made beside the file."""
    location = locate(settings.database_url)
    if not isinstance(location, SqliteLocation) or location.path is None:
        return
    path = Path(location.path).absolute()
    if not path.parent.is_dir():
        yield fault("files", f"{path.parent} does not exist", f"mkdir -p {path.parent}, owned by the provider's user")
        return
    if not os.access(path.parent, os.W_OK | os.X_OK):
        yield fault("files", f"{path.parent} cannot be written", "run as the provider's user, or chown the folder")
    if not path.exists():
        yield fault("database", f"{path} does not exist", "run `motcua migrate`")
        return
    if not os.access(path, os.R_OK | os.W_OK):
        yield fault("files", f"{path} cannot be read and written", "run as the provider's user, or chown the file")
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & stat.S_IRWXO:
        yield fault("files", f"{path} is open to others (mode {mode:04o})", f"chmod 0600 {path}")
        return
    yield ok("files", f"{path} has mode {mode:04o}")


async def database(settings: Settings) -> Finding:
    """Reachable, and at the revision of this program. Not asked where an SQLite file is missing: opening makes one."""
    try:
        opened = open_database(settings.database_url)
    except UnusableDatabaseUrl as error:
        return fault("database", "MOTCUA_DATABASE_URL names no database", str(error))
    except StorageUnavailable as error:
        return _unreachable(error)
    try:
        found = await revision_of(opened)
    except StorageUnavailable as error:
        return _unreachable(error)
    finally:
        await opened.close()
    if found is None:
        return fault("database", "reachable, but it has no tables", "run `motcua migrate`")
    newest = newest_revision()
    if found < newest:
        return fault("database", f"at revision {found}; this program needs {newest}", "run `motcua migrate`")
    if found > newest:
        return fault("database", f"at revision {found}, newer than {newest} of this program", "install a newer release")
    return ok("database", f"reachable, at revision {found}")


async def database_clock(opened: Database) -> Iterator[Finding]:
    """Hosts that share a database must agree on the time: codes live for a minute."""
    if opened.dialect == "sqlite":
        return iter(())
    row = await opened.fetch_row("SELECT CAST(extract(epoch FROM clock_timestamp()) AS bigint) AS now")
    return iter([clock_finding("the database server", int(str(row["now"])) if row else 0, time.time())])


def clock_finding(whose: str, theirs: float, ours: float) -> Finding:
    skew = round(ours - theirs)
    if abs(skew) <= _TOLERATED_SKEW_SECONDS:
        return ok("clock", f"agrees with {whose}")
    return fault(
        "clock",
        f"{abs(skew)} s {'ahead of' if skew > 0 else 'behind'} {whose}",
        "synchronise both with NTP (systemd-timesyncd or chrony); tokens and one-time codes fail without it",
    )


def master_keys(settings: Settings) -> Finding:
    """Well-formed is checked when settings are read; here, whether they are the ones in production by mistake."""
    keys = settings.master_key_list()
    if any(len(set(key)) < len(key) // 3 for _, key in keys):
        return fault("master key", "a master key is not random", "make one with `motcua doctor --new-master-key`")
    if len(keys) > 3:
        return warning("master key", f"{len(keys)} are configured", "drop those that nothing is sealed with any more")
    return ok("master key", f"{keys[0][0]} is active, {len(keys) - 1} older")


def _unreachable(error: Exception) -> Finding:
    return fault("database", f"not reachable ({error})", "start it, and check MOTCUA_DATABASE_URL and the firewall")
