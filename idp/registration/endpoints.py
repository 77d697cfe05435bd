"""`POST /register` (RFC 7591 §3) and the configuration endpoint `/register/{client_id}` (RFC 7592 §2)."""

import json
import secrets
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.authorization_server.issued import new_value
from idp.authorization_server.json_answers import error_response, json_answer
from idp.errors import InvalidToken, OAuthError
from idp.registration.access import (
    check_initial_access_token,
    presented_registration_access_token,
    registration_access_token_hash,
)
from idp.registration.limits import TooManyRegistrations, count_registration
from idp.registration.metadata import of_programs
from idp.registration.refusals import InvalidMetadata
from idp.registration.registering import Accepted, accept, end_client, insert_client, replace_client
from idp.services import Services, services_of
from idp.settings import DynamicRegistration, Settings
from idp.web.strict_json import parse_json

_JSON = "application/json"


def registration_routes(settings: Settings) -> list[Route]:
    """Empty where registration is off: then there is nothing at these addresses."""
    if settings.dynamic_registration is DynamicRegistration.OFF:
        return []
    return [
        Route("/register", register, methods=["POST"]),
        Route("/register/{client_id}", configure, methods=["GET", "PUT", "DELETE"]),
    ]


@dataclass(frozen=True)
class _Registered:
    """A registration a program made, with the token that was shown for it. `stored`: its metadata as the row has it."""

    client_id: str
    metadata: dict[str, Any]
    stored: str
    sector: str
    created_at: int
    token: str
    has_secret: bool


async def register(request: Request) -> Response:
    services, now = services_of(request), services_of(request).clock()
    try:
        await _admit(services, request, now=int(now))
        client_id, token = secrets.token_urlsafe(16), new_value()
        accepted = _owned(await accept(services, await _document(request), client_id=client_id), token)
    except OAuthError as error:
        return _refusal(error)
    await services.database.commit(*insert_client(client_id, accepted, now=now))
    await services.configuration.refresh()
    made = _Registered(client_id, accepted.metadata, "", accepted.sector, int(now), token, has_secret=False)
    return json_answer(_information(services, made, accepted.client_secret), status=201)


async def configure(request: Request) -> Response:
    services, now = services_of(request), services_of(request).clock()
    try:
        known = await _known(services, request)
        if request.method == "GET":
            return json_answer(_information(services, known, None))
        if request.method == "DELETE":
            await services.database.commit(*end_client(known.client_id, now=now))
            await services.configuration.refresh()
            return Response(status_code=204, headers={"cache-control": "no-store"})
        return await _replaced(services, request, known, now)
    except OAuthError as error:
        return _refusal(error)


async def _admit(services: Services, request: Request, *, now: int) -> None:
    """Who may register: whoever holds a token, or anybody, in moderation. Raises InvalidToken, TooManyRegistrations."""
    settings = services.settings
    if settings.dynamic_registration is DynamicRegistration.TOKEN:
        await check_initial_access_token(services.database, _authorization(request), now=now)
        return
    host = request.client.host if request.client else ""
    per_hour = settings.registrations_per_hour
    await count_registration(services.database, services.vault, host, per_hour=per_hour, now=now)


async def _replaced(services: Services, request: Request, known: _Registered, now: float) -> Response:
    """The whole registration anew: what is left out is back at its default (RFC 7592 §2.2)."""
    document = await _document(request)
    if not isinstance(document, dict) or document.get("client_id") != known.client_id:
        raise InvalidMetadata("client_id: must be that of this registration")
    if services.settings.dynamic_registration is DynamicRegistration.OPEN:
        # It may fetch addresses as a new one does.
        await _admit(services, request, now=int(now))
    received = {name: value for name, value in document.items() if name not in {"client_id", "client_secret"}}
    accepted = _owned(await accept(services, received, client_id=known.client_id, before=known.metadata), known.token)
    if accepted.sector != known.sector:
        raise InvalidMetadata("the sector cannot change: every person would get another sub; register anew")
    first_secret = accepted.client_secret is not None and not known.has_secret
    gate, writes = replace_client(known.client_id, accepted, read=known.stored, now=now, new_secret=first_secret)
    if await services.database.commit(*writes, gate=gate) is None:
        raise InvalidMetadata("the registration was changed meanwhile; read it again")
    await services.configuration.refresh()
    made = replace(known, metadata=accepted.metadata)
    return json_answer(_information(services, made, accepted.client_secret if first_secret else None))


async def _known(services: Services, request: Request) -> _Registered:
    """Raises InvalidToken: for an unknown client, one that an operator registered, and for another's token alike."""
    row = await services.database.fetch_row(
        "SELECT client_id, metadata, sector, created_at, client_secret_hash FROM client "
        "WHERE client_id = $1 AND disabled_at IS NULL",
        request.path_params["client_id"],
    )
    metadata: dict[str, Any] = {} if row is None else json.loads(str(row["metadata"]))
    token = presented_registration_access_token(_authorization(request), metadata)
    if row is None:
        raise InvalidToken("the registration access token is not valid")
    return _Registered(
        client_id=str(row["client_id"]),
        metadata=metadata,
        stored=str(row["metadata"]),
        sector=str(row["sector"]),
        created_at=int(row["created_at"] or 0),
        token=token,
        has_secret=row["client_secret_hash"] is not None,
    )


def _owned(accepted: Accepted, token: str) -> Accepted:
    owned = {**accepted.metadata, "registration_access_token_hash": registration_access_token_hash(token)}
    return replace(accepted, metadata=owned)


def _authorization(request: Request) -> list[str]:
    return request.headers.getlist("authorization")


async def _document(request: Request) -> object:
    """The body; its size is bounded at the edge. Raises InvalidMetadata."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != _JSON:
        raise InvalidMetadata(f"Content-Type must be {_JSON}")
    try:
        document: object = parse_json(await request.body())
    except ValueError as error:
        raise InvalidMetadata("the body is not JSON") from error
    return document


def _information(services: Services, made: _Registered, client_secret: str | None) -> dict[str, Any]:
    """The client information response (RFC 7591 §3.2.1). A secret is shown once: only its hash is kept."""
    information = {
        "client_id": made.client_id,
        "client_id_issued_at": made.created_at,
        "registration_access_token": made.token,
        "registration_client_uri": f"{services.settings.issuer}/register/{made.client_id}",
        **of_programs(made.metadata),
    }
    if client_secret is not None:
        information |= {"client_secret": client_secret, "client_secret_expires_at": 0}
    return information


def _refusal(error: OAuthError) -> Response:
    response = error_response(error)
    if isinstance(error, TooManyRegistrations):
        response.headers["retry-after"] = str(error.retry_after)
    if error.status == 401:
        response.headers["www-authenticate"] = 'Bearer realm="motcua"'
    return response
