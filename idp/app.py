"""One worker: builds its services once, lists every route, starts and stops the work beside the requests."""

import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from idp.authentication.contract import IdentitySource
from idp.authentication.endpoints import authentication_routes
from idp.authentication.kinds import SourceTools, build_sources, validate_source_configuration
from idp.authentication.second_factor.endpoints import second_factor_routes
from idp.authentication.source_configuration import SourceConfigurationInvalid
from idp.authorization.endpoints import authorize, cancel, decided_page, dispatch
from idp.authorization_server.detail_types_file import read_detail_types
from idp.backchannel_authentication.endpoints import authenticate_elsewhere
from idp.background import Background, Turn
from idp.background_turns import background_turns
from idp.configuration import Configuration
from idp.consent.endpoints import answer_consent, consent_page
from idp.device_authorization.endpoints import device_routes
from idp.discovery.endpoints import Discovery
from idp.errors_to_answers import exception_handlers
from idp.home.endpoints import home_routes
from idp.introspection.endpoints import introspect
from idp.linking.endpoints import linking_routes
from idp.logout.endpoints import logout
from idp.portals.citizen.endpoints import citizen_routes
from idp.portals.endpoints import sign_in_routes
from idp.portals.operator.endpoints import operator_routes
from idp.portals.portal import PORTALS, clients_of_portals
from idp.portals.relying_parties import relying_parties
from idp.pushed_authorization.endpoints import push
from idp.registration.endpoints import registration_routes
from idp.revocation.endpoints import revoke
from idp.services import Services
from idp.settings import Settings
from idp.settings_source import load_settings
from idp.storage.database import Database, StorageUnavailable
from idp.storage.open import open_database
from idp.storage.vault import Vault
from idp.subject_changes.endpoints import subject_changes
from idp.token.endpoints import token
from idp.userinfo.endpoints import userinfo
from idp.web.assets import asset_routes
from idp.web.body_limit import BodyLimit
from idp.web.cookies import CookieNames
from idp.web.cors import CrossOrigin
from idp.web.guarded_http import GuardedHttp
from idp.web.headers import SecurityHeaders
from idp.web.locale import LocaleSwitch
from idp.web.pages import Brand, Pages

log = logging.getLogger("motcua")

_INTERACTION = "/interactions/{interaction_id}"


def routes(settings: Settings, detail_types: Iterable[str] = ()) -> list[Route]:
    """Every address of the provider, in one list."""
    discovery = Discovery(settings, detail_types)
    return [
        # Looked through in this order at every request: what is asked most comes first.
        Route("/authorize", authorize, methods=["GET", "POST"]),
        Route("/token", token, methods=["POST"]),
        Route("/userinfo", userinfo, methods=["GET", "POST"]),
        Route("/.well-known/openid-configuration", discovery.configuration),
        Route("/jwks", discovery.jwks),
        Route("/par", push, methods=["POST"]),
        Route("/bc-authorize", authenticate_elsewhere, methods=["POST"]),
        Route("/introspect", introspect, methods=["POST"]),
        Route("/subject-changes", subject_changes, methods=["POST"]),
        Route("/revoke", revoke, methods=["POST"]),
        Route("/.well-known/oauth-authorization-server", discovery.configuration),
        Route(_INTERACTION, dispatch, methods=["GET"]),
        Route(f"{_INTERACTION}/cancel", cancel, methods=["POST"]),
        Route("/requests/{outcome}", decided_page, methods=["GET"]),
        Route(f"{_INTERACTION}/consent", consent_page, methods=["GET"]),
        Route(f"{_INTERACTION}/consent", answer_consent, methods=["POST"]),
        *authentication_routes(),
        *registration_routes(settings),
        *second_factor_routes(),
        *linking_routes(),
        Route("/logout", logout, methods=["GET", "POST"]),
        *(route for portal in PORTALS for route in sign_in_routes(portal)),
        *operator_routes(),
        *citizen_routes(),
        *device_routes(),
        *home_routes(),
        *asset_routes(),
    ]


class Application(Starlette):
    """The edge wraps the whole stack, so that even an answer to an unforeseen error carries its headers."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except Exception:
            # Answered and logged by its type already; uvicorn would print the message, which may quote a person.
            if scope["type"] != "http":
                raise

    def build_middleware_stack(self) -> ASGIApp:
        services: Services = self.state.services
        settings = services.settings
        localised = LocaleSwitch(super().build_middleware_stack(), cookies=services.cookies, issuer=settings.issuer)
        shared = CrossOrigin(BodyLimit(localised), registered=services.configuration.browser_origins)
        return SecurityHeaders(shared, https=settings.is_secure)


def create_app(
    settings: Settings | None = None,
    *,
    database: Database | None = None,
    clock: Callable[[], float] = time.time,
    in_background: bool = True,
) -> Starlette:
    """What uvicorn serves. Tests hand in a database and a clock, and turn the background work themselves."""
    settings = settings or load_settings()
    background = Background()
    services = build_services(settings, database=database, clock=clock, outbox_poke=background.poke)
    turns = background_turns(services) if in_background else ()
    app = Application(
        routes=routes(settings, services.detail_types),
        exception_handlers=exception_handlers(),
        lifespan=_lifespan(services, background, turns),
    )
    # Starlette would send `/authorize/` to an address made of the Host header; ours never depend on the request.
    app.router.redirect_slashes = False
    app.state.services = services
    app.state.portals = relying_parties(services, app)
    return app


def build_services(
    settings: Settings,
    *,
    database: Database | None = None,
    clock: Callable[[], float] = time.time,
    outbox_poke: Callable[[], None] = lambda: None,
) -> Services:
    database = database or open_database(settings.database_url)
    vault = Vault(settings.master_key_list())
    detail_types = read_detail_types(settings.authorization_details_types)
    http = GuardedHttp(clock=time.monotonic, allow_list=settings.outbound_allow_list)
    tools = SourceTools(database=database, vault=vault, http=http, settings=settings, clock=clock)
    brand = Brand(
        issuer=settings.issuer,
        name_vi=settings.provider_name_vi,
        name_en=settings.provider_name_en,
        hotline=settings.hotline,
    )
    return Services(
        settings=settings,
        database=database,
        vault=vault,
        configuration=Configuration(
            database,
            vault,
            lambda stored: _usable_sources(stored, tools),
            built_in=clients_of_portals(settings, vault),
            is_sandbox=settings.is_sandbox,
            accepts_certificates=settings.accepts_certificates,
            detail_types=detail_types,
            userinfo=f"{settings.issuer}/userinfo",
        ),
        pages=Pages(sandbox=settings.is_sandbox, brand=brand),
        cookies=CookieNames(secure=settings.is_secure),
        http=http,
        clock=clock,
        outbox_poke=outbox_poke,
        detail_types=detail_types,
    )


def _usable_sources(stored: Sequence[tuple[Mapping[str, Any], bool]], tools: SourceTools) -> Sequence[IdentitySource]:
    """Every source that can be built; one that cannot must not take the others with it."""
    configurations = []
    for written, disabled in stored:
        try:
            configurations.append(validate_source_configuration(written).with_disabled(disabled))
        except SourceConfigurationInvalid:
            log.error("source %s cannot be used: run `motcua doctor`", written.get("id"))
    return build_sources(configurations, tools)


def _lifespan(
    services: Services, background: Background, turns: Sequence[Turn]
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        try:
            await services.configuration.refresh()
        except StorageUnavailable:
            # A worker that ended here would take all others with it (uvicorn stops when one cannot start): it
            # answers 503 until a turn in the background could read.
            log.warning("started without the database: nothing is known yet")
        async with background.running(turns):
            yield
        await services.http.aclose()
        await services.database.close()

    return lifespan
