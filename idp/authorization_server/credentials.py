"""How a client presented itself, read strictly: exactly one method per request, nothing in the query.

RFC 6749 §2.3, RFC 7523 §2.2. Knows no client: whether the credentials are right, `client_authentication` decides.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_plus

from idp.errors import InvalidClient, InvalidRequest
from idp.protocol.client_members import PUBLIC_METHOD
from idp.web.strict_json import parse_json

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LONGEST_ASSERTION: Final = 16_384
_LONGEST_CLIENT_ID: Final = 256


@dataclass(frozen=True, kw_only=True)
class PresentedCredentials:
    """`client_id` is what the request claims, unproven. `secret` is the secret or the assertion."""

    client_id: str
    method: str
    secret: str

    def __repr__(self) -> str:
        return f"PresentedCredentials(method={self.method!r})"


def read_credentials(authorization: str | None, form: Mapping[str, str]) -> PresentedCredentials:
    """Raises InvalidClient when there are none or they cannot be read, InvalidRequest when there are two."""
    methods = [
        method
        for method, present in (
            ("client_secret_basic", authorization is not None),
            ("client_secret_post", "client_secret" in form),
            ("private_key_jwt", "client_assertion" in form or "client_assertion_type" in form),
        )
        if present
    ]
    if len(methods) > 1:
        raise InvalidRequest("use exactly one client authentication method")
    if not methods:
        credentials = _none(form)
    elif methods == ["client_secret_basic"]:
        credentials = _basic(authorization or "")
    elif methods == ["client_secret_post"]:
        credentials = PresentedCredentials(
            client_id=form.get("client_id", ""), method="client_secret_post", secret=form["client_secret"]
        )
    else:
        credentials = _assertion(form)
    if form.get("client_id", credentials.client_id) != credentials.client_id:
        raise InvalidRequest("client_id differs from the authenticated client")
    if not credentials.client_id:
        raise InvalidClient("client_id is missing")
    if len(credentials.client_id) > _LONGEST_CLIENT_ID:
        # Failures are remembered by this name: strangers must not choose how much memory that takes.
        raise InvalidClient("client authentication failed", private_detail="unknown_client")
    return credentials


def _none(form: Mapping[str, str]) -> PresentedCredentials:
    """A public client only says who it is (RFC 6749 §3.2.1)."""
    if not form.get("client_id"):
        raise InvalidClient("client authentication is missing")
    return PresentedCredentials(client_id=form["client_id"], method=PUBLIC_METHOD, secret="")


def _basic(authorization: str) -> PresentedCredentials:
    """Both halves are form-encoded before they are joined (RFC 6749 §2.3.1)."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClient("the Authorization header must use Basic")
    try:
        decoded = base64.b64decode(encoded, validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as error:
        raise InvalidClient("the Basic credentials cannot be read") from error
    client_id, separator, secret = decoded.partition(":")
    if not separator or not client_id or not secret:
        raise InvalidClient("the Basic credentials cannot be read")
    return PresentedCredentials(
        client_id=unquote_plus(client_id), method="client_secret_basic", secret=unquote_plus(secret)
    )


def _assertion(form: Mapping[str, str]) -> PresentedCredentials:
    assertion = form.get("client_assertion", "")
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise InvalidClient("client_assertion_type is not supported")
    if not assertion or len(assertion) > _LONGEST_ASSERTION:
        raise InvalidClient("client_assertion is missing or too long")
    return PresentedCredentials(client_id=_unverified_subject(assertion), method="private_key_jwt", secret=assertion)


def _unverified_subject(unverified_assertion: str) -> str:
    """The client the assertion claims to be from, only to know whose keys to verify it with."""
    parts = unverified_assertion.split(".")
    if len(parts) != 3:
        raise InvalidClient("client_assertion is not a compact JWS")
    try:
        claims = parse_json(base64.b64decode(parts[1] + "=" * (-len(parts[1]) % 4), altchars=b"-_", validate=True))
    except ValueError as error:
        raise InvalidClient("client_assertion cannot be read") from error
    subject = claims.get("sub") if isinstance(claims, dict) else None
    if not isinstance(subject, str) or not subject:
        raise InvalidClient("client_assertion names no client")
    return subject
