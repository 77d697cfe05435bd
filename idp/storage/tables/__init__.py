"""Every table, one file an area. Times are epoch seconds, ids random text, secrets hashes or sealed bytes.

Rows are read and written as rows; nothing here knows a rule.
"""

from idp.storage.tables.audit import AuditEntryRow, AuditSealRow
from idp.storage.tables.configuration import (
    ClientRow,
    ConfigurationVersionRow,
    IdentitySourceRow,
    SigningKeyRow,
)
from idp.storage.tables.consents import ConsentRow
from idp.storage.tables.persons import (
    IdentityAnchorRow,
    IdentityLinkRow,
    PersonRow,
    SubjectIdentifierRow,
)
from idp.storage.tables.sessions import AuthorizationGrantRow, RefreshTokenRow, SsoSessionRow
from idp.storage.tables.table import Table
from idp.storage.tables.transient import CounterRow, OutboxRow, ShortLivedRow

metadata = Table.metadata

__all__ = [
    "AuditEntryRow",
    "AuditSealRow",
    "AuthorizationGrantRow",
    "ClientRow",
    "ConfigurationVersionRow",
    "ConsentRow",
    "CounterRow",
    "IdentityAnchorRow",
    "IdentityLinkRow",
    "IdentitySourceRow",
    "OutboxRow",
    "PersonRow",
    "RefreshTokenRow",
    "ShortLivedRow",
    "SigningKeyRow",
    "SsoSessionRow",
    "SubjectIdentifierRow",
    "Table",
    "metadata",
]
