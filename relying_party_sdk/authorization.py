"""The front channel: what the browser carries to the provider, and what it may bring back. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlencode, urlsplit

from relying_party_sdk.errors import (
    AccessDenied,
    CallbackMalformed,
    InteractionRequired,
    LoginError,
    LoginStateInvalid,
    ProviderRefused,
    WrongIssuer,
)
from relying_party_sdk.levels import LevelOfAssurance

MAX_PARAMETER_LENGTH = 2048
# JARM §2.3: all parameters in one, signed and perhaps encrypted.
MAX_RESPONSE_LENGTH = 8192
# RFC 6749 §4.1.2.1 and OpenID Connect Core §3.1.2.6: the codes we name in a log; others are not repeated.
_KNOWN_ERRORS = frozenset(
    {
        "invalid_request",
        "unauthorized_client",
        "unsupported_response_type",
        "invalid_scope",
        "server_error",
        "temporarily_unavailable",
        "invalid_request_uri",
        "invalid_request_object",
        "request_not_supported",
        "request_uri_not_supported",
        "registration_not_supported",
        "unmet_authentication_requirements",
    }
)
_INTERACTION = ("login_required", "interaction_required", "consent_required", "account_selection_required")

CallbackParameters = Mapping[str, str] | Iterable[tuple[str, str]]


def random_value() -> str:
    """256 bits for state, nonce or code verifier, in the letters RFC 7636 §4.1 allows."""
    return secrets.token_urlsafe(32)


def code_challenge(code_verifier: str) -> str:
    """The S256 challenge (RFC 7636 §4.2)."""
    digest = hashlib.sha256(code_verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def authorization_parameters(
    *,
    client_id: str,
    redirect_uri: str,
    scopes: Sequence[str],
    state: str,
    nonce: str,
    code_verifier: str,
    level: LevelOfAssurance | None = None,
    acr_values: Sequence[str] = (),
    ui_locale: str | None = None,
    prompt: str | None = None,
    max_age: int | None = None,
    login_hint: str | None = None,
) -> Mapping[str, str]:
    """The authorization request of OpenID Connect Core §3.1.2.1, with PKCE always.

    `acr_values`, in order of preference, go before the `level`.
    """
    wanted: dict[str, str | None] = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(scopes),
        "state": state,
        "nonce": nonce,
        "code_challenge": code_challenge(code_verifier),
        "code_challenge_method": "S256",
        "acr_values": " ".join(acr_values) or (level.acr if level and level is not LevelOfAssurance.UNRATED else None),
        "ui_locales": ui_locale,
        "prompt": prompt,
        "max_age": str(max_age) if max_age is not None else None,
        "login_hint": login_hint,
    }
    return {name: value for name, value in wanted.items() if value is not None}


def authorization_url(endpoint: str, parameters: Mapping[str, str]) -> str:
    """The endpoint with the parameters added, keeping a query it already has (RFC 6749 §3.1)."""
    return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(parameters)}"


def single_parameters(parameters: CallbackParameters) -> Mapping[str, str]:
    """Every parameter once (RFC 6749 §3.1); hand pairs in so that a doubled one can be seen."""
    pairs = list(parameters.items()) if isinstance(parameters, Mapping) else list(parameters)
    single = dict(pairs)
    if len(single) != len(pairs):
        raise CallbackMalformed("a parameter appears twice")
    limits = {"response": MAX_RESPONSE_LENGTH}
    if any(len(value) > limits.get(name, MAX_PARAMETER_LENGTH) for name, value in single.items()):
        raise CallbackMalformed("a parameter is too long")
    return single


def check_callback(parameters: Mapping[str, str], *, state: str, issuer: str, answers_with_issuer: bool) -> str:
    """The authorization code, once state and issuer are ours; raises the `LoginError` that fits."""
    check_state(parameters, state)
    check_response_issuer(parameters, issuer, answers_with_issuer)
    if "error" in parameters:
        raise refusal(parameters["error"])
    code = parameters.get("code")
    if not code:
        raise CallbackMalformed("`code` is missing")
    return code


def check_state(parameters: Mapping[str, str], state: str) -> None:
    """The answer belongs to the login this browser began (RFC 6749 §10.12)."""
    if not hmac.compare_digest(parameters.get("state", "").encode(), state.encode()):
        raise LoginStateInvalid("`state` is of another login")


def check_response_issuer(parameters: Mapping[str, str], issuer: str, answers_with_issuer: bool) -> None:
    """`iss` is the provider asked, and is there when it said so (RFC 9207 §2.4)."""
    if "iss" not in parameters and not answers_with_issuer:
        return
    if parameters.get("iss") != issuer:
        raise WrongIssuer("`iss` is missing" if "iss" not in parameters else "`iss` is another issuer")


def refusal(error: str) -> LoginError:
    """The error class for an OAuth error code; foreign text is never repeated."""
    if error == "access_denied":
        return AccessDenied()
    if error in _INTERACTION:
        return InteractionRequired(error)
    return ProviderRefused(error if error in _KNOWN_ERRORS else "unknown OAuth error")
