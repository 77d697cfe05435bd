"""What a service installs to let citizens log in: `RelyingParty` and the values it works with.

Imports nothing else of this project and no web framework; adapters live in `starlette`, `flask` and
`django`, a provider for tests in `testing`.
"""

from relying_party_sdk.errors import (
    AccessDenied,
    AuthorizationResponseInvalid,
    CallbackMalformed,
    CallbackReplayed,
    ClientRefused,
    ConfigurationError,
    CrossSiteRequest,
    IdTokenInvalid,
    InteractionRequired,
    LevelTooLow,
    LoginError,
    LoginStateExpired,
    LoginStateInvalid,
    LoginStateMissing,
    LogoutTokenInvalid,
    NotAVisit,
    NotLoggedIn,
    ProviderMetadataInvalid,
    ProviderRefused,
    ProviderUnavailable,
    ReturnToRefused,
    SessionTooLarge,
    TokenAnswerInvalid,
    TokenRefused,
    TooManyLogins,
    UserInfoInvalid,
    WrongIssuer,
)
from relying_party_sdk.identity import Identity, Tokens
from relying_party_sdk.levels import LevelOfAssurance
from relying_party_sdk.login_state import LoginRequest
from relying_party_sdk.logout_token import LogoutNotice
from relying_party_sdk.profiles import SecurityProfile
from relying_party_sdk.relying_party import RelyingParty
from relying_party_sdk.session_store import InMemorySessionStore, SessionStore, SqliteSessionStore

__all__ = [
    "AccessDenied",
    "AuthorizationResponseInvalid",
    "CallbackMalformed",
    "CallbackReplayed",
    "ClientRefused",
    "ConfigurationError",
    "CrossSiteRequest",
    "IdTokenInvalid",
    "Identity",
    "InMemorySessionStore",
    "InteractionRequired",
    "LevelOfAssurance",
    "LevelTooLow",
    "LoginError",
    "LoginRequest",
    "LoginStateExpired",
    "LoginStateInvalid",
    "LoginStateMissing",
    "LogoutNotice",
    "LogoutTokenInvalid",
    "NotAVisit",
    "NotLoggedIn",
    "ProviderMetadataInvalid",
    "ProviderRefused",
    "ProviderUnavailable",
    "RelyingParty",
    "ReturnToRefused",
    "SecurityProfile",
    "SessionStore",
    "SessionTooLarge",
    "SqliteSessionStore",
    "TokenAnswerInvalid",
    "TokenRefused",
    "Tokens",
    "TooManyLogins",
    "UserInfoInvalid",
    "WrongIssuer",
]
