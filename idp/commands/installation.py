"""What most commands need first: the settings, and the faults that are told in a sentence instead of a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

from idp.commands.failure import CommandFailed
from idp.settings import ConfigurationError, Settings, load_settings
from idp.storage.database import StorageUnavailable
from idp.storage.location import UnusableDatabaseUrl


def settings_or_fail() -> Settings:
    """Raises CommandFailed with one line a fault."""
    try:
        return load_settings()
    except ConfigurationError as error:
        raise CommandFailed(f"{error}\n`motcua doctor` checks the whole configuration.") from error


@contextmanager
def expected_faults() -> Iterator[None]:
    """Faults of the world around us, told in a sentence. Ours keep their traceback."""
    try:
        yield
    except UnusableDatabaseUrl as error:
        raise CommandFailed(f"MOTCUA_DATABASE_URL: {error}") from error
    except StorageUnavailable as error:
        raise CommandFailed(
            f"the database does not answer ({error}); is it running, and is MOTCUA_DATABASE_URL right?"
        ) from error
