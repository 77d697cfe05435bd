"""Introspection answers as JWTs (RFC 9701), for who is registered for an algorithm and asks for the media type."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from idp.errors import InvalidRequest
from idp.protocol.client import Client

TYP: Final = "token-introspection+jwt"
MEDIA_TYPE: Final = f"application/{TYP}"

Sign = Callable[[str, str, Mapping[str, Any]], str]


def algorithm_for(asker: Client, accept: Sequence[str]) -> str | None:
    """None where plain JSON is asked for. Raises InvalidRequest where a JWT is, by a client that registered for none.

    Whatever weight the type is given: a client that names it can read it (§4). One that is registered for encrypted
    answers gets no other, whatever it names: what it must not be told in the clear does not depend on a header.
    """
    if asker.introspection_encryption is not None and asker.introspection_signed_response_alg is not None:
        return asker.introspection_signed_response_alg
    ranges = (part.partition(";")[0].strip().lower() for header in accept for part in header.split(","))
    if MEDIA_TYPE not in ranges:
        return None
    if asker.introspection_signed_response_alg is None:
        raise InvalidRequest("this client is not registered for signed introspection")
    return asker.introspection_signed_response_alg


def signed_answer(answer: Mapping[str, Any], asker: Client, *, alg: str, issuer: str, now: int, sign: Sign) -> str:
    """§5: what the token is stays inside `token_introspection`, so that nobody takes this for an access token."""
    audience = asker.resource or asker.client_id
    return sign(alg, TYP, {"iss": issuer, "aud": audience, "iat": now, "token_introspection": answer})
