"""Run by Alembic: applies the revisions over the connection that `idp.storage.migrate` opened."""

from alembic import context
from sqlalchemy import Connection

from idp.storage.tables import metadata


def _run() -> None:
    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_server_default=True,
        # SQLite, too, changes its schema inside a transaction once BEGIN is ours to say.
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


_run()
