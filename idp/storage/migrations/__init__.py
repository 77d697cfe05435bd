"""Alembic revisions, applied in the order of their file names. Run by `idp.storage.migrate`."""
