"""Every table, one file an area. Times are epoch seconds, ids random text, secrets hashes or sealed bytes.

Rows are read and written as rows; nothing here knows a rule.
"""

from idp.storage.tables.audit import AuditEntryRow, AuditSealRow, RetiredSealKeyRow
from idp.storage.tables.configuration import (
    ClientRow,
    ConfigurationVersionRow,
    IdentitySourceRow,
    SigningKeyRow,
)
from idp.storage.tables.consents import ConsentRow
from idp.storage.tables.linking import (
    KeptApartRow,
    LinkingCaseRow,
    MatchKeyRow,
    PersonMergeRow,
    RequestBlockRow,
    RetiredSubjectRow,
    SourceBlockRow,
    SupersededPersonalIdRow,
)
from idp.storage.tables.persons import (
    IdentityAnchorRow,
    IdentityLinkRow,
    PersonRow,
    SubjectIdentifierRow,
)
from idp.storage.tables.protection import AuthenticatorRow, KnownDeviceRow, LoginRecordRow, OperatorRow
from idp.storage.tables.sessions import AuthorizationGrantRow, RefreshTokenRow, SsoSessionRow
from idp.storage.tables.table import Table
from idp.storage.tables.transient import CounterRow, OutboxRow, PolledRequestRow, ShortLivedRow

metadata = Table.metadata

__all__ = [
    "AuditEntryRow",
    "AuditSealRow",
    "AuthenticatorRow",
    "AuthorizationGrantRow",
    "ClientRow",
    "ConfigurationVersionRow",
    "ConsentRow",
    "CounterRow",
    "IdentityAnchorRow",
    "IdentityLinkRow",
    "IdentitySourceRow",
    "KeptApartRow",
    "KnownDeviceRow",
    "LinkingCaseRow",
    "LoginRecordRow",
    "MatchKeyRow",
    "OperatorRow",
    "OutboxRow",
    "PersonMergeRow",
    "PersonRow",
    "PolledRequestRow",
    "RefreshTokenRow",
    "RequestBlockRow",
    "RetiredSealKeyRow",
    "RetiredSubjectRow",
    "ShortLivedRow",
    "SigningKeyRow",
    "SourceBlockRow",
    "SsoSessionRow",
    "SubjectIdentifierRow",
    "SupersededPersonalIdRow",
    "Table",
    "metadata",
]
