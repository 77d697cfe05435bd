"""Reads a database URL into where the database is. Opens nothing."""

from dataclasses import dataclass, field

# One name for the whole process: the hot path's connection and the registry's must meet in the same memory.
_MEMORY = "file:motcua-memory?mode=memory&cache=shared"


class UnusableDatabaseUrl(ValueError):
    """The URL names no database we can use; the message says what would."""


@dataclass(frozen=True)
class SqliteLocation:
    """A file, or the process's own memory (`path` None: gone when its last connection closes)."""

    path: str | None

    @property
    def target(self) -> str:
        """What `sqlite3.connect(…, uri=True)` takes."""
        if self.path is None:
            return _MEMORY
        # A plain name; with uri=True only names that begin with "file:" are read as URIs.
        return f"./{self.path}" if self.path.startswith("file:") else self.path


@dataclass(frozen=True)
class PostgresqlLocation:
    """A PostgreSQL connection string; hidden in `repr` because it may hold a password."""

    dsn: str = field(repr=False)


Location = SqliteLocation | PostgresqlLocation


def locate(url: str) -> Location:
    """Where `url` points. Raises UnusableDatabaseUrl."""
    scheme, separator, rest = url.partition("://")
    if separator and scheme in ("postgresql", "postgres") and rest:
        return PostgresqlLocation(f"postgresql://{rest}")
    if separator and scheme == "sqlite" and rest.startswith("/") and "?" not in rest:
        path = rest.removeprefix("/")
        if path:
            return SqliteLocation(None if path == ":memory:" else path)
    raise UnusableDatabaseUrl(
        f"A database URL of the kind {scheme!r} cannot be used. Write sqlite:///file.db (relative), "
        "sqlite:////var/lib/motcua/motcua.db (absolute), or postgresql://user:password@host/database."
        if separator
        else "This is not a database URL. Write, for example, sqlite:///motcua.db."
    )
