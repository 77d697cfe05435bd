"""Tables, the two databases, the short-lived store, encryption at rest. Knows rows and bytes, not rules.

The only importer of SQLModel and SQLAlchemy, and of the two database drivers.
"""
