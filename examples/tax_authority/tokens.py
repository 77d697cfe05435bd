"""The token endpoint's decisions: client authentication, redeeming a code once, signing the ID Token."""

import base64
import binascii
import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from joserfc import jwt
from joserfc.jwk import ECKey

from examples.personas import Record
from examples.tax_authority.memory import ShortLived
from examples.tax_authority.requests import AuthorizationRequest, Refused, RegisteredClient

CODE_LIFETIME = 60
TOKEN_LIFETIME = 300
MOST_REMEMBERED = 10_000


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What a taxpayer's login entitles the client to."""

    request: AuthorizationRequest
    record: Record
    authenticated_at: int


class Grants:
    """Codes and access tokens. A second use of a code also ends the token the first one gave (RFC 6749 §4.1.2)."""

    def __init__(self) -> None:
        self._codes: ShortLived[Grant] = ShortLived(CODE_LIFETIME)
        self._tokens: ShortLived[Grant] = ShortLived(TOKEN_LIFETIME)
        self._token_of_code: OrderedDict[str, str] = OrderedDict()

    def issue_code(self, grant: Grant, *, now: float) -> str:
        return self._codes.put(grant, now=now)

    def redeem(self, form: Mapping[str, str], *, now: float) -> tuple[Grant, str]:
        """The grant and its access token. Raises Refused; the code is spent whatever the outcome."""
        if form.get("grant_type") != "authorization_code":
            raise Refused("unsupported_grant_type", "grant_type must be authorization_code")
        code = form.get("code", "")
        grant = self._codes.take(code, now=now)
        if grant is None:
            self._tokens.forget(self._token_of_code.pop(_fingerprint(code), ""))
            raise Refused("invalid_grant", "the code is unknown, used or expired")
        if form.get("redirect_uri") != grant.request.redirect_uri:
            raise Refused("invalid_grant", "redirect_uri differs from the authorization request")
        challenge = _s256(form.get("code_verifier", ""))
        if not hmac.compare_digest(challenge, grant.request.code_challenge):
            raise Refused("invalid_grant", "code_verifier does not fit code_challenge")
        token = self._tokens.put(grant, now=now)
        self._token_of_code[_fingerprint(code)] = token
        while len(self._token_of_code) > MOST_REMEMBERED:
            self._token_of_code.popitem(last=False)
        return grant, token

    def grant_of(self, token: str, *, now: float) -> Grant | None:
        return self._tokens.get(token, now=now)


def check_client_authentication(authorization: str | None, form: Mapping[str, str], client: RegisteredClient) -> None:
    """client_secret_basic and nothing else (RFC 6749 §2.3.1). Raises Refused("invalid_client")."""
    scheme, _, encoded = (authorization or "").partition(" ")
    try:
        given = base64.b64decode(encoded, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        given = ""
    client_id, _, secret = given.partition(":")
    right = hmac.compare_digest(unquote_plus(secret).encode(), client.client_secret.encode())
    if scheme.lower() != "basic" or unquote_plus(client_id) != client.client_id or not right:
        raise Refused("invalid_client", "client authentication failed")
    if "client_secret" in form or form.get("client_id", client.client_id) != client.client_id:
        raise Refused("invalid_client", "exactly one client authentication per request")


def sign_id_token(grant: Grant, *, issuer: str, key: ECKey, now: float, nonce: str) -> str:
    """An ID Token (Core 1.0 §2): who, for whom, when; the attributes are at userinfo."""
    claims = {
        "iss": issuer,
        "sub": grant.record.subject,
        "aud": grant.request.client_id,
        "iat": int(now),
        "exp": int(now) + TOKEN_LIFETIME,
        "auth_time": grant.authenticated_at,
        "nonce": nonce,
        "acr": "eidas2",
        "amr": ["pwd"],
    }
    return jwt.encode({"alg": "ES256", "kid": key.kid, "typ": "JWT"}, claims, key)


def _s256(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode("utf-8")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _fingerprint(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8")).hexdigest()
