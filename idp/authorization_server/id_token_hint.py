"""`id_token_hint`: an ID token of ours, given back to say whom a request is about (Core 3.1.2.1, logout 2).

It may have expired; it may not have been made by anybody else, nor for another client.
"""

from dataclasses import dataclass

from idp.errors import InvalidRequest
from idp.protocol.client import Client
from keys.algorithms import SignatureAlgorithm
from keys.key_ring import KeyRing
from keys.verify import InvalidToken, verify


@dataclass(frozen=True)
class Hint:
    sub: str
    sid: str | None
    client_id: str


def verified_hint(unverified_hint: str, key_ring: KeyRing, *, client: Client | None, issuer: str) -> Hint:
    """Raises InvalidRequest. With `client`, the token must have been made for it."""
    try:
        claims = verify(unverified_hint, key_ring, typ="JWT", algorithms=tuple(SignatureAlgorithm))
    except InvalidToken as error:
        raise InvalidRequest("id_token_hint is not an ID token of this provider") from error
    audience, sub, sid = claims.get("aud"), claims.get("sub"), claims.get("sid")
    if claims.get("iss") != issuer or not isinstance(audience, str) or not isinstance(sub, str) or "exp" not in claims:
        # Without an end it is a signed UserInfo answer of ours, which says nothing about a login.
        raise InvalidRequest("id_token_hint is not an ID token of this provider")
    if client is not None and audience != client.client_id:
        raise InvalidRequest("id_token_hint was not issued to this client")
    return Hint(sub=sub, sid=sid if isinstance(sid, str) else None, client_id=audience)
