"""What a device may ask for (RFC 8628 §3.1): the rules of an authorization request that need no browser. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from idp.authorization_server.addressed_request import read_parameters
from idp.authorization_server.polled_requests import PolledKind
from idp.errors import InvalidRequest, UnauthorizedClient
from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.client import Client
from idp.protocol.resource_servers import ResourceServers
from idp.protocol.rules import (
    Asked,
    check_authorization_details,
    check_claims,
    check_essential_acr,
    check_lengths,
    check_max_age,
    check_request_object,
    check_resource,
    check_scope,
    check_signed,
)

_TAKEN: Final = (
    "client_id",
    "scope",
    "acr_values",
    "max_age",
    "claims",
    "ui_locales",
    "nonce",
    "resource",
    "authorization_details",
    # Refused by name, not left out in silence.
    "request",
    "request_uri",
    "registration",
)


def check_registered(asked: Asked) -> None:
    if PolledKind.DEVICE_CODE.grant_type not in asked.client.grant_types:
        raise UnauthorizedClient("this client is not registered for this grant type")


def check_no_redirect(asked: Asked) -> None:
    """Nobody is sent back anywhere; who says where to mistakes this endpoint for another."""
    for name in ("redirect_uri", "response_type", "response_mode", "code_challenge"):
        if name in asked.raw:
            raise InvalidRequest(f"{name} has no place in a device authorization request")


RULES: Final[tuple[Callable[[Asked], None], ...]] = (
    check_registered,
    check_no_redirect,
    check_request_object,
    check_signed,
    check_lengths,
    check_scope,
    check_max_age,
    check_claims,
    check_resource,
    check_authorization_details,
    check_essential_acr,
)


def read_request(client: Client, form: Mapping[str, str], *, resource_servers: ResourceServers) -> AuthorizationRequest:
    """As a login will decide it. Raises OAuthError."""
    sent = {"scope": "openid", **form, "client_id": client.client_id}
    request = read_parameters({name: value for name, value in sent.items() if name in _TAKEN}, "")
    asked = Asked(
        request=request, client=client, raw=dict(sent), pushed=True, signed=False, resource_servers=resource_servers
    )
    for rule in RULES:
        rule(asked)
    return replace(request, login_hint=None, id_token_hint=None)
