"""Reads an authorization request: first who asks and where the answer may go, then every other rule."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from idp.errors import InvalidLoginRequest, OAuthError, ServiceSuspended, UnknownService
from idp.protocol.authorization_details import parse_details
from idp.protocol.authorization_request import AuthorizationRequest, parse_claims_parameter
from idp.protocol.built_in_clients import CITIZEN_PORTAL
from idp.protocol.client import Client
from idp.protocol.redirect_uris import is_registered
from idp.protocol.resource_servers import NO_RESOURCE_SERVERS, ResourceServers
from idp.protocol.resource_uris import split_resources
from idp.protocol.rules import RULES, Asked

_TEXT_PARAMETERS: Final = (
    "response_type",
    "response_mode",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "dpop_jkt",
    "prompt",
    "display",
    "ui_locales",
    "id_token_hint",
    "login_hint",
    "acr_values",
)
_PARAMETERS: Final = frozenset(
    {
        *_TEXT_PARAMETERS,
        "client_id",
        "redirect_uri",
        "scope",
        "max_age",
        "claims",
        "resource",
        "authorization_details",
        "motcua_linking",
    }
)


@dataclass(frozen=True, kw_only=True)
class Addressed:
    """A request whose answer has a place to go: from here on, every refusal goes back to the service.

    `signed` says that the client signed it, `fault` why its request object was not taken.
    """

    client: Client
    request: AuthorizationRequest
    parameters: Mapping[str, str]
    signed: bool = False
    fault: OAuthError | None = None


def check_addressee(parameters: Mapping[str, str], client: Client | None) -> Addressed:
    """Raises a CitizenError: no error path leads to an address that was not registered (RFC 9700 §4.11)."""
    if client is None:
        raise UnknownService(private_detail="unknown_client")
    # What was sent without a value counts as absent (RFC 6749 §3.1), for every rule alike.
    parameters = {name: value for name, value in parameters.items() if value}
    redirect_uri = parameters.get("redirect_uri")
    if redirect_uri is None or not is_registered(
        redirect_uri, client.redirect_uris, any_loopback_port=client.is_native
    ):
        raise InvalidLoginRequest(private_detail="redirect_uri")
    if client.disabled:
        raise ServiceSuspended(private_detail="client_disabled")
    return Addressed(client=client, request=read_parameters(parameters, redirect_uri), parameters=parameters)


def check_rules(addressed: Addressed, *, pushed: bool, resource_servers: ResourceServers = NO_RESOURCE_SERVERS) -> None:
    """Raises the OAuthError of the first rule that is broken."""
    if addressed.fault is not None:
        raise addressed.fault
    asked = Asked(
        request=addressed.request,
        client=addressed.client,
        raw=dict(addressed.parameters),
        pushed=pushed,
        signed=addressed.signed,
        resource_servers=resource_servers,
    )
    for rule in RULES:
        rule(asked)


def worth_keeping(parameters: Mapping[str, str]) -> Mapping[str, str]:
    """What is read here: whatever else was sent is ignored (RFC 6749 §3.1), and therefore not stored either."""
    return {name: value for name, value in parameters.items() if name in _PARAMETERS}


def expecting(addressed: Addressed, sub: str | None) -> Addressed:
    """The same request with its hint replaced by whom it names."""
    return replace(addressed, request=replace(addressed.request, id_token_hint=None, expected_sub=sub))


def read_parameters(parameters: Mapping[str, str], redirect_uri: str) -> AuthorizationRequest:
    """What is malformed stays unset for its rule to refuse. `redirect_uri` is empty where nothing is to lead back."""
    texts = {name: parameters[name] for name in _TEXT_PARAMETERS if name in parameters}
    max_age = parameters.get("max_age", "")
    claims = None
    if "claims" in parameters:
        try:
            claims = parse_claims_parameter(parameters["claims"])
        except (ValueError, RecursionError):
            claims = None
    details = None
    if "authorization_details" in parameters:
        with suppress(ValueError):
            details = parse_details(parameters["authorization_details"])
    if parameters["client_id"] == CITIZEN_PORTAL and "motcua_linking" in parameters:
        texts["motcua_linking"] = parameters["motcua_linking"][:64]
    return AuthorizationRequest(
        client_id=parameters["client_id"],
        redirect_uri=redirect_uri,
        scope=parameters.get("scope", ""),
        max_age=int(max_age) if max_age.isascii() and max_age.isdigit() and len(max_age) <= 10 else None,
        claims=claims,
        resource=split_resources(parameters["resource"]) if "resource" in parameters else None,
        authorization_details=details,
        **texts,
    )
