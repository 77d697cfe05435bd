"""What every endpoint of one worker shares, built once at its start. Values and seams, no rules."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from idp.authorization_server.client_keys import ClientKeys
from idp.authorization_server.failure_throttle import FailureThrottle
from idp.configuration import Configuration
from idp.protocol.client import Client
from idp.protocol.detail_types import DetailType
from idp.settings import Settings
from idp.storage.database import Database
from idp.storage.vault import Vault
from idp.web.cookies import CookieNames, read_cookie
from idp.web.guarded_http import GuardedHttp
from idp.web.logos import LogoMaker
from idp.web.pages import Pages


@dataclass(frozen=True, kw_only=True)
class Services:
    """`clock` gives epoch seconds; tests hand in their own. `outbox_poke` wakes the outbox of this worker."""

    settings: Settings
    database: Database
    vault: Vault
    configuration: Configuration
    pages: Pages
    cookies: CookieNames
    http: GuardedHttp
    clock: Callable[[], float]
    outbox_poke: Callable[[], None]
    detail_types: Mapping[str, DetailType] = field(default_factory=dict)
    client_keys: ClientKeys = field(default_factory=ClientKeys)
    failures: FailureThrottle = field(default_factory=FailureThrottle)
    logos: LogoMaker = field(default_factory=LogoMaker)

    @property
    def csrf_key(self) -> bytes:
        return self.vault.derive("csrf")

    def session_key(self, request: Request) -> str | None:
        return read_cookie(request, self.cookies.session)

    def browser_id(self, request: Request) -> str | None:
        return read_cookie(request, self.cookies.browser)

    def sign(self, alg: str, typ: str, claims: Mapping[str, Any]) -> str:
        """A JWS by the active key of the algorithm."""
        return self.configuration.signer(alg).sign(typ, claims)

    def sign_id_token(self, client: Client, claims: Mapping[str, Any]) -> str:
        return self.sign(client.id_token_signed_response_alg, "JWT", claims)


def services_of(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


Endpoint = Callable[[Request], Awaitable[Any]]
