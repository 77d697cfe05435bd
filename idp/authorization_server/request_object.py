"""Request objects (RFC 9101, OpenID Connect Core 6): a request the client signed, by value or by reference.

What is in the object is the request; what stands beside it in the address counts for nothing, because it is not
signed (RFC 9101 §6.3). An encrypted object is opened, and must be signed inside; unsigned ones are not taken. Knows
none of the rules of a request.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from joserfc.jwk import KeySet

from idp.authorization_server.addressed_request import Addressed, check_addressee
from idp.authorization_server.client_keys import KeysUnavailable
from idp.authorization_server.client_signature import NoKeyFits, NotAcceptable, algorithms_of, signed_claims
from idp.authorization_server.encrypted_request_object import decrypted, is_encrypted
from idp.errors import (
    InvalidRequest,
    InvalidRequestObject,
    InvalidRequestUri,
    OAuthError,
    RequestUriNotSupported,
)
from idp.protocol.authorization_details import PARAMETER
from idp.protocol.client import Client
from idp.protocol.resource_uris import RESOURCE, SEPARATOR
from idp.services import Services
from idp.web.guarded_http import OutgoingRequestFailed

LONGEST_LIFETIME_SECONDS: Final = 3600
CLOCK_TOLERANCE_SECONDS: Final = 10
_TYPES: Final = (None, "jwt", "oauth-authz-req+jwt")
# Statements about the object itself, none of them a parameter.
_ABOUT_ITSELF: Final = frozenset({"iss", "aud", "exp", "nbf", "iat", "jti", "sub"})


@dataclass(frozen=True)
class _RequestObject:
    client: Client
    claims: Mapping[str, Any]
    issuer: str
    now: int


async def addressed_request(
    services: Services, client: Client | None, parameters: Mapping[str, str], *, now: int
) -> Addressed:
    """The request as it is meant. One whose object is not taken is answered where its own parameters say.

    Raises a CitizenError where nobody may be answered.
    """
    if client is None or client.disabled:
        return check_addressee(parameters, client)
    try:
        read, signed = await unwrapped(services, client, parameters, now=now)
    except OAuthError as error:
        return replace(check_addressee(parameters, client), fault=error)
    return replace(check_addressee(read, client), signed=signed)


async def unwrapped(
    services: Services, client: Client, parameters: Mapping[str, str], *, now: int
) -> tuple[Mapping[str, str], bool]:
    """The parameters, and whether the client signed them. Raises OAuthError."""
    by_value, by_reference = parameters.get("request"), parameters.get("request_uri")
    if by_value and by_reference:
        raise InvalidRequest("request and request_uri cannot be combined (RFC 9101 5)")
    if by_reference:
        by_value = await _fetched(services, client, by_reference)
    if not by_value:
        return parameters, False
    claims = await _verified(services, client, by_value, now=now)
    found = _RequestObject(client, claims, services.settings.issuer, now)
    for rule in REQUEST_OBJECT_RULES:
        rule(found)
    return _as_parameters(claims, client), True


def check_client_id(found: _RequestObject) -> None:
    """The object is this client's own, and no assertion of it (RFC 9101 §5, §10.8)."""
    if found.claims.get("client_id", found.client.client_id) != found.client.client_id:
        raise InvalidRequestObject("client_id in the request object is another one")
    if found.claims.get("iss", found.client.client_id) != found.client.client_id:
        raise InvalidRequestObject("iss in the request object must be the client")
    if found.claims.get("sub") == found.client.client_id:
        raise InvalidRequestObject("a request object must not be usable as a client assertion")


def check_says_enough_of_itself(found: _RequestObject) -> None:
    """For whom and how long, where the client's profile wants it said (FAPI 2.0 Message Signing 5.3.1)."""
    for name in sorted(found.client.rules.request_object_claims - set(found.claims)):
        raise InvalidRequestObject(f"{name} is missing in the request object")


def check_audience(found: _RequestObject) -> None:
    """Where it names whom it is for, that is us (RFC 9101 §4)."""
    audience = found.claims.get("aud", found.issuer)
    if found.issuer not in (audience if isinstance(audience, list) else [audience]):
        raise InvalidRequestObject("aud in the request object must be the issuer")


def check_times(found: _RequestObject) -> None:
    """Where it says when it is valid, that is now; with both ends, for an hour at most."""
    claims, now = found.claims, found.now
    for name in ("exp", "nbf", "iat"):
        if name in claims and (isinstance(claims[name], bool) or not isinstance(claims[name], int | float)):
            raise InvalidRequestObject(f"{name} in the request object must be a number")
    if "exp" in claims and claims["exp"] <= now - CLOCK_TOLERANCE_SECONDS:
        raise InvalidRequestObject("the request object has expired")
    if max(claims.get("nbf", now), claims.get("iat", now)) > now + CLOCK_TOLERANCE_SECONDS:
        raise InvalidRequestObject("the request object is not valid yet")
    begins = claims.get("nbf", claims.get("iat", now))
    if "exp" in claims and claims["exp"] > begins + LONGEST_LIFETIME_SECONDS:
        raise InvalidRequestObject("the request object lives for more than an hour")


def check_nothing_inside_it(found: _RequestObject) -> None:
    """A request object holds no other (RFC 9101 §4)."""
    if {"request", "request_uri"} & set(found.claims):
        raise InvalidRequestObject("a request object must not hold request or request_uri")


REQUEST_OBJECT_RULES: tuple[Callable[[_RequestObject], None], ...] = (
    check_client_id,
    check_says_enough_of_itself,
    check_audience,
    check_times,
    check_nothing_inside_it,
)


async def _verified(services: Services, client: Client, unverified: str, *, now: int) -> Mapping[str, Any]:
    if is_encrypted(unverified):
        unverified = decrypted(services, client, unverified)
    verify: Callable[[KeySet], Mapping[str, Any]] = partial(
        signed_claims,
        unverified,
        algorithms=algorithms_of(client, client.request_object_signing_alg),
        types=_TYPES,
    )
    try:
        return await services.client_keys.verified(client, services.http, verify, doubt=NoKeyFits, now=now)
    except KeysUnavailable as error:
        raise InvalidRequestObject("the keys of this client cannot be had") from error
    except NotAcceptable as error:
        raise InvalidRequestObject(f"the request object is not acceptable: {error.reason}") from error


async def _fetched(services: Services, client: Client, request_uri: str) -> str:
    """From an address the client registered, and no other (OpenID Connect Core 6.2). Raises OAuthError."""
    if not services.settings.request_uri_by_reference:
        raise RequestUriNotSupported("only request URIs from the pushed authorization request endpoint")
    if request_uri not in client.request_uris:
        raise InvalidRequestUri("request_uri is not registered")
    try:
        # The fragment tells versions apart for caches; nothing is cached here.
        answer = await services.http.request("GET", request_uri.partition("#")[0])
        if answer.status != 200:
            raise InvalidRequestUri("request_uri gave no request object")
        return answer.body.decode("ascii").strip()
    except (OutgoingRequestFailed, UnicodeError) as error:
        raise InvalidRequestUri("request_uri gave no request object") from error


def _as_parameters(claims: Mapping[str, Any], client: Client) -> Mapping[str, str]:
    """In the form in which a query would hold them: numbers and `claims` are JSON there, the rest is text."""
    parameters = {"client_id": client.client_id}
    for name, value in claims.items():
        if name in _ABOUT_ITSELF or value is None:
            continue
        if isinstance(value, str):
            parameters[name] = value
        elif name == RESOURCE and isinstance(value, list) and all(isinstance(uri, str) for uri in value):
            parameters[name] = SEPARATOR.join(value)
        elif _is_json(name, value):
            parameters[name] = json.dumps(value)
        else:
            raise InvalidRequestObject("a parameter in the request object has a type that none has")
    return parameters


def _is_json(name: str, value: object) -> bool:
    if isinstance(value, list):
        return name == PARAMETER
    return isinstance(value, int | float | dict) and not isinstance(value, bool)
