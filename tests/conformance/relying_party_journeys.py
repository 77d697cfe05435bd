"""What a person at a browser does in each module of the relying-party plans, and how it has to end. Data.

The suite sees only what the service asks of it; `ends` is what the person sees, so that a module that passed for the
wrong reason is noticed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """One thing a person does, or has done to them."""

    FIND = "find"
    """Nobody does anything: the service finds its provider and reads what it publishes."""
    REGISTER = "register"
    """The service registers itself, and is not begun."""
    CHECK = "check"
    """A probe asks whether the service is ready, which reads the provider's keys as well."""
    BEGIN = "begin"
    """Starts a login and looks no further than where the service sends the browser."""
    LOG_IN = "log in"
    """Opens a page that needs a login, and goes wherever the browser is sent."""
    ANOTHER_BROWSER = "another browser"
    """What follows happens in a browser without cookies."""
    REFRESH = "refresh"
    """Opens a page for which the service refreshes its tokens."""
    READ_ACCOUNTS = "read accounts"
    """Opens a page that needs a login, and for which the service asks a data provider with its token."""
    LOG_OUT = "log out"
    """Says yes on the logout page, and comes back from the provider."""
    INVITED = "invited"
    """Follows the link that a third party gave."""


WELCOME = "welcome"
LOGGED_OUT = "logged out"
SENT_ON = "sent on"
FOUND, REGISTERED, READY = "found", "registered", "ready"
ACCOUNTS = "accounts"


@dataclass(frozen=True)
class Journey:
    """`ends` is one of the words above, or the code and rule of the SDK's error page."""

    steps: tuple[Step, ...] = (Step.LOG_IN,)
    ends: str = WELCOME


def refused(ends: str) -> Journey:
    return Journey(ends=ends)


_LOG_OUT = Journey((Step.LOG_IN, Step.LOG_OUT), LOGGED_OUT)
_REFRESH = (Step.LOG_IN, Step.REFRESH)

_ACCOUNTS = Journey((Step.READ_ACCOUNTS,), ACCOUNTS)


def _no_accounts(ends: str) -> Journey:
    return Journey((Step.READ_ACCOUNTS,), ends)


_FAPI: Mapping[str, Journey] = {
    "happy-path": _ACCOUNTS,
    "happy-path-no-dpop-nonce": _ACCOUNTS,
    "discovery-issuer-mismatch": _no_accounts("provider_metadata"),
    "invalid-iss": _no_accounts("id_token_invalid: issuer_wrong"),
    "invalid-aud": _no_accounts("id_token_invalid: audience_wrong"),
    "invalid-secondary-aud": _no_accounts("id_token_invalid: audience_wrong"),
    "invalid-null-alg": _no_accounts("id_token_invalid: not_compact"),
    "invalid-alternate-alg": _no_accounts("id_token_invalid: algorithm_not_registered"),
    "invalid-expired-exp": _no_accounts("id_token_invalid: expired"),
    "invalid-missing-exp": _no_accounts("id_token_invalid: expiry_missing"),
    "invalid-missing-aud": _no_accounts("id_token_invalid: audience_wrong"),
    "invalid-missing-iss": _no_accounts("id_token_invalid: issuer_wrong"),
    "valid-aud-as-array": _ACCOUNTS,
    "invalid-nonce": _no_accounts("id_token_invalid: nonce_wrong"),
    "invalid-missing-nonce": _no_accounts("id_token_invalid: nonce_wrong"),
    "invalid-authorization-response-iss": _no_accounts("wrong_issuer"),
    "remove-authorization-response-iss": _no_accounts("wrong_issuer"),
    "ensure-authorization-response-with-invalid-state-fails": _no_accounts("login_state_missing"),
    "ensure-authorization-response-with-invalid-missing-state-fails": _no_accounts("login_state_missing"),
    "token-endpoint-response-without-expires_in": _ACCOUNTS,
    "token-type-case-insensitivity": _ACCOUNTS,
    "rs-dpop-auth-scheme-case-insensitivity": _ACCOUNTS,
    "ensure-jarm-without-iss-fails": _no_accounts("authorization_response_invalid: issuer_wrong"),
    "ensure-jarm-with-invalid-iss-fails": _no_accounts("authorization_response_invalid: issuer_wrong"),
    "ensure-jarm-without-aud-fails": _no_accounts("authorization_response_invalid: audience_wrong"),
    "ensure-jarm-with-invalid-aud-fails": _no_accounts("authorization_response_invalid: audience_wrong"),
    "ensure-jarm-without-exp-fails": _no_accounts("authorization_response_invalid: expiry_missing"),
    "ensure-jarm-with-expired-exp-fails": _no_accounts("authorization_response_invalid: expired"),
    "ensure-jarm-with-invalid-sig-fails": _no_accounts("authorization_response_invalid: signature_wrong"),
    "ensure-jarm-signature-is-not-none": _no_accounts("authorization_response_invalid: not_compact"),
}

JOURNEYS: Mapping[str, Journey] = {
    "oidcc-client-test": Journey(),
    "oidcc-client-test-invalid-iss": refused("id_token_invalid: issuer_wrong"),
    "oidcc-client-test-missing-sub": refused("id_token_invalid: subject_wrong"),
    "oidcc-client-test-invalid-aud": refused("id_token_invalid: audience_wrong"),
    "oidcc-client-test-missing-iat": refused("id_token_invalid: issued_at_missing"),
    "oidcc-client-test-kid-absent-single-jwks": Journey(),
    "oidcc-client-test-kid-absent-multiple-jwks": refused("id_token_invalid: key_ambiguous"),
    "oidcc-client-test-idtoken-sig-rs256": Journey(),
    "oidcc-client-test-idtoken-sig-none": refused("id_token_invalid: not_compact"),
    "oidcc-client-test-invalid-sig-rs256": refused("id_token_invalid: signature_wrong"),
    "oidcc-client-test-userinfo-invalid-sub": refused("userinfo_invalid: subject_differs"),
    "oidcc-client-test-nonce-invalid": refused("id_token_invalid: nonce_wrong"),
    "oidcc-client-test-scope-userinfo-claims": Journey(),
    "oidcc-client-test-client-secret-basic": Journey(),
    "oidcc-client-test-discovery-openid-config": Journey((Step.FIND,), FOUND),
    "oidcc-client-test-discovery-jwks-uri-keys": Journey((Step.CHECK,), READY),
    "oidcc-client-test-discovery-issuer-mismatch": Journey((Step.FIND,), "provider_metadata"),
    "oidcc-client-test-signing-key-rotation-just-before-signing": Journey(),
    "oidcc-client-test-signing-key-rotation": Journey((Step.LOG_IN, Step.ANOTHER_BROWSER, Step.LOG_IN)),
    "oidcc-client-test-discovery-webfinger-acct": Journey((Step.FIND,), FOUND),
    "oidcc-client-test-discovery-webfinger-url": Journey((Step.FIND,), FOUND),
    "oidcc-client-test-dynamic-registration": Journey((Step.REGISTER,), REGISTERED),
    "oidcc-client-test-request-uri-signed-rs256": Journey(),
    "oidcc-client-test-request-uri-signed-none": Journey(),
    "oidcc-client-test-userinfo-signed": Journey(),
    "oidcc-client-test-refresh-token": Journey(_REFRESH),
    "oidcc-client-test-refresh-token-invalid-issuer": Journey(_REFRESH, "id_token_invalid: issuer_wrong"),
    "oidcc-client-test-refresh-token-invalid-sub": Journey(_REFRESH, "id_token_invalid: subject_differs"),
    "oidcc-client-test-3rd-party-init-login": Journey((Step.INVITED,)),
    "oidcc-client-test-rp-backchannel-rpinitlogout": _LOG_OUT,
    "oidcc-client-test-rp-backchannel-rpinitlogout-alg-none": _LOG_OUT,
    "oidcc-client-test-rp-backchannel-rpinitlogout-no-event": _LOG_OUT,
    "oidcc-client-test-rp-backchannel-rpinitlogout-with-nonce": _LOG_OUT,
    "oidcc-client-test-rp-backchannel-rpinitlogout-wrong-alg": _LOG_OUT,
    "oidcc-client-test-rp-backchannel-rpinitlogout-wrong-aud": _LOG_OUT,
    "oidcc-client-test-rp-backchannel-rpinitlogout-wrong-event": _LOG_OUT,
    "oidcc-client-test-rp-backchannel-rpinitlogout-wrong-iss": _LOG_OUT,
    "oidcc-client-test-rp-init-logout": _LOG_OUT,
    "oidcc-client-test-rp-init-logout-other-state": _LOG_OUT,
    "oidcc-client-test-rp-init-logout-no-state": _LOG_OUT,
    **{f"fapi2-security-profile-final-client-test-{name}": journey for name, journey in _FAPI.items()},
}
