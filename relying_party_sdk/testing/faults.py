"""The ways a provider can be wrong, by name: each makes one thing differ from a good login."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """What `FakeProvider.fail_with` accepts; the comment says which error the service sees."""

    # Everywhere.
    UNREACHABLE = "unreachable"  # ProviderUnavailable
    # In the callback; where answers are signed, all but the first three are AuthorizationResponseInvalid.
    ACCESS_DENIED = "access_denied"  # AccessDenied
    LOGIN_REQUIRED = "login_required"  # InteractionRequired
    INVALID_SCOPE = "invalid_scope"  # ProviderRefused
    WRONG_STATE = "wrong_state"  # LoginStateMissing at the callback, LoginStateInvalid in the core
    WRONG_CALLBACK_ISSUER = "wrong_callback_issuer"  # WrongIssuer
    MISSING_CALLBACK_ISSUER = "missing_callback_issuer"  # WrongIssuer
    # At the token endpoint.
    TOKEN_REFUSED = "token_refused"  # TokenRefused
    CLIENT_REFUSED = "client_refused"  # ClientRefused
    SERVER_ERROR = "server_error"  # ProviderUnavailable
    TIMEOUT = "timeout"  # ProviderUnavailable
    OVERSIZED = "oversized"  # ProviderUnavailable
    NO_ID_TOKEN = "no_id_token"  # TokenAnswerInvalid
    BEARER_TOKEN = "bearer_token"  # TokenAnswerInvalid, where tokens are bound to a key
    # In the ID token: IdTokenInvalid, unless noted.
    WRONG_NONCE = "wrong_nonce"
    EXPIRED = "expired"
    WRONG_ISSUER = "wrong_issuer"
    WRONG_AUDIENCE = "wrong_audience"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    UNSIGNED = "unsigned"
    LOWER_LEVEL = "lower_level"  # LevelTooLow
    # At UserInfo: UserInfoInvalid.
    WRONG_SUBJECT = "wrong_subject"
    USERINFO_DOWN = "userinfo_down"  # ProviderUnavailable


CALLBACK_ERRORS = (Fault.ACCESS_DENIED, Fault.LOGIN_REQUIRED, Fault.INVALID_SCOPE)
