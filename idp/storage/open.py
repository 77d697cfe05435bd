"""Opens the database a URL names. The PostgreSQL driver is loaded only when it is asked for."""

from importlib import import_module

from idp.storage.database import Database
from idp.storage.location import SqliteLocation, UnusableDatabaseUrl, locate
from idp.storage.sqlite import SqliteDatabase


def open_database(url: str) -> Database:
    """`sqlite:///relative.db`, `sqlite:////absolute.db`, `sqlite:///:memory:` or `postgresql://…`.

    SQLite is opened at once; PostgreSQL connects at the first question, and again whenever it has to.
    A database in memory has to be given its tables by `migrate` after it was opened, and is lost with its
    last connection. Raises UnusableDatabaseUrl, StorageUnavailable.
    """
    location = locate(url)
    if isinstance(location, SqliteLocation):
        return SqliteDatabase(location)
    try:
        postgresql = import_module("idp.storage.postgresql")
    except ModuleNotFoundError as error:
        if error.name != "asyncpg":
            raise
        raise UnusableDatabaseUrl(
            "PostgreSQL needs its driver: install it with pip install 'motcua[idp,postgres]'."
        ) from error
    database: Database = postgresql.PostgresqlDatabase(location)
    return database
