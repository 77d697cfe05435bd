"""What most commands need first: the settings, and the faults that are told in a sentence instead of a traceback."""

import asyncio
import getpass
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

from idp.commands.failure import CommandFailed
from idp.settings import ConfigurationError, Settings
from idp.settings_source import load_settings
from idp.storage.database import Database, IntegrityConflict, StatementRefused, StorageUnavailable
from idp.storage.location import UnusableDatabaseUrl
from idp.storage.open import open_database
from idp.storage.vault import CannotUnseal, Vault
from keys import sealing

T = TypeVar("T")


def settings_or_fail() -> Settings:
    """Raises CommandFailed with one line a fault."""
    try:
        return load_settings()
    except ConfigurationError as error:
        raise CommandFailed(f"{error}\n`motcua doctor` checks the whole configuration.") from error


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs a command's asynchronous part. Raises CommandFailed for every fault that is not our own mistake."""
    with expected_faults():
        return asyncio.run(work)


@contextmanager
def expected_faults() -> Iterator[None]:
    try:
        yield
    except ConfigurationError as error:
        raise CommandFailed(str(error)) from error
    except UnusableDatabaseUrl as error:
        raise CommandFailed(f"MOTCUA_DATABASE_URL: {error}") from error
    except StorageUnavailable as error:
        raise CommandFailed(
            f"the database does not answer ({error}); is it running, is MOTCUA_DATABASE_URL right, and was"
            " `motcua migrate` run?"
        ) from error
    except StatementRefused as error:
        raise CommandFailed("the database is not at this program's schema; run `motcua migrate`") from error
    except IntegrityConflict as error:
        raise CommandFailed("somebody else changed the same thing just now; look at it and try again") from error
    except (CannotUnseal, sealing.CannotUnseal) as error:
        raise CommandFailed(
            f"what is stored does not open ({error}); put the master key it was sealed with behind the active one"
            " in MOTCUA_MASTER_KEYS"
        ) from error


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[Database, Vault]]:
    """The database over the worker's own driver, and the vault. Raises StorageUnavailable, UnusableDatabaseUrl."""
    database = open_database(settings.database_url)
    try:
        yield database, Vault(settings.master_key_list())
    finally:
        await database.close()


def operator() -> str:
    """Who is behind a change, for the audit log: the account that typed the command."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        # A container may run under a number without a name.
        return "cli"
