"""Whether a client is who it says: exactly its registered method, compared in constant time.

An unknown, a disabled and a wrongly authenticated client get one and the same answer.
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection
from typing import Final

from joserfc.jwk import KeySet

from idp.authorization_server.client_assertion import UsedAssertion, check_assertion
from idp.authorization_server.client_certificate import CERTIFICATE_CHECKS, ClientCertificate, Disbelieved
from idp.authorization_server.credentials import PresentedCredentials
from idp.errors import InvalidClient
from idp.protocol.client import Client
from idp.protocol.client_members import CERTIFICATE_METHODS, PUBLIC_METHOD

# Compared against when there is no such client or no secret, so that a guess costs the same either way. It is the
# hash of nothing that anybody knows: the hash of a known text would be a secret that everybody knows.
_NOBODY: Final = secrets.token_bytes(32)


def check_client(
    client: Client | None,
    credentials: PresentedCredentials,
    keys: KeySet | None,
    *,
    audiences: Collection[str],
    now: int,
    certificate: ClientCertificate | Disbelieved | None = None,
) -> UsedAssertion | None:
    """The assertion to remember as used, for private_key_jwt; None for other methods. Raises InvalidClient.

    `keys` are the client's; None where they could not be had. `certificate` is that of the connection.
    """
    if client is not None and not client.disabled and by_certificate(client, credentials):
        if not isinstance(certificate, ClientCertificate):
            reason = certificate.reason if certificate else "missing"
            raise InvalidClient("client authentication failed", private_detail=f"certificate_{reason}")
        CERTIFICATE_CHECKS[client.token_endpoint_auth_method](client, certificate, keys)
        return None
    if client is None or client.disabled or client.token_endpoint_auth_method != credentials.method:
        hmac.compare_digest(hashlib.sha256(credentials.secret.encode()).digest(), _NOBODY)
        raise InvalidClient("client authentication failed", private_detail=_why_refused(client, credentials))
    if client.is_public:
        # There is nothing to check: what it may then do is what anybody may who holds its code or token.
        return None
    if credentials.method == "private_key_jwt":
        if keys is None:
            raise InvalidClient("client authentication failed", private_detail="client_keys")
        return check_assertion(client, credentials.secret, keys, audiences=audiences, now=now)
    expected = client.client_secret_hash or _NOBODY
    if not hmac.compare_digest(hashlib.sha256(credentials.secret.encode()).digest(), expected):
        raise InvalidClient("client authentication failed", private_detail="wrong_secret")
    return None


def by_certificate(client: Client, credentials: PresentedCredentials) -> bool:
    """Beside its certificate such a client says its name and nothing else (RFC 8705 §2)."""
    return credentials.method == PUBLIC_METHOD and client.token_endpoint_auth_method in CERTIFICATE_METHODS


def _why_refused(client: Client | None, credentials: PresentedCredentials) -> str:
    if client is None:
        return "unknown_client"
    return "disabled_client" if client.disabled else f"not_registered_for_{credentials.method}"
