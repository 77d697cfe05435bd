"""A whole provider in the test's own process, and the two who talk to it: a browser and a relying party.

Nothing is mocked: real routes, real database, real signatures. Logging in at a source is another test's subject,
so a session is written here as a login would have left it.
"""

import asyncio
import base64
import hashlib
import json
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
from starlette.applications import Starlette

from idp.app import create_app
from idp.audit.events import AuditEvent
from idp.authorization_server.failure_throttle import FailureThrottle
from idp.identity.pivot import PivotIdentity
from idp.protocol.levels import LevelOfAssurance
from idp.services import Services
from idp.sessions.session import SsoSession
from idp.sessions.storage import insert_session
from idp.storage.database import Database, Insert, Statement
from idp.storage.live_configuration import bump_version, insert_key
from keys.algorithms import KEY_ALGORITHMS
from keys.key_ring import KeyRing
from tests.support.sources import NOW, Clock, settings
from tests.support.vouching import link_to_rest_on, vouching_link

HOA = PivotIdentity(
    name="Nguyễn Thị Hòa",
    birthdate="1984-03-12",
    gender="female",
    birthplace="Nam Định",
    personal_id="099184000011",
    phone_number="+84530000001",
)

TOWN_HALL_URI = "https://town-hall.example/callback"

# Keys of every algorithm, made once: generating RSA takes longer than most tests.
_RING = KeyRing(()).ensure(KEY_ALGORITHMS, NOW - 1000).ring


@dataclass
class Browser:
    """One browser: a cookie jar that belongs to nobody else, and no JavaScript."""

    http: httpx2.AsyncClient

    async def get(self, url: str, **parameters: str) -> httpx2.Response:
        return await self.http.get(url, params=parameters or None)

    async def post(self, url: str, form: Mapping[str, str]) -> httpx2.Response:
        return await self.http.post(url, data=dict(form), headers={"sec-fetch-site": "same-origin"})


@dataclass
class RelyingPartyDriver:
    """A registered service. Every method sends exactly what it says; `**changes` replace or (None) drop parameters."""

    provider: "Provider"
    client_id: str
    secret: str
    redirect_uri: str
    code_verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    state: str = "state-0123456789"
    nonce: str = "nonce-0123456789"

    def at(self, provider: "Provider") -> "RelyingPartyDriver":
        """The same service, talking to another worker."""
        return replace(self, provider=provider)

    @property
    def code_challenge(self) -> str:
        digest = hashlib.sha256(self.code_verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def authorization_parameters(self, **changes: str | None) -> dict[str, str]:
        parameters: dict[str, str | None] = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": "openid profile",
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": self.code_challenge,
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: value for name, value in parameters.items() if value is not None}

    async def authorize(self, browser: Browser, **changes: str | None) -> httpx2.Response:
        return await browser.get("/authorize", **self.authorization_parameters(**changes))

    async def code(self, browser: Browser, **changes: str | None) -> str:
        """The code of a login that needs no page."""
        answer = answer_of(await self.authorize(browser, **changes))
        assert "code" in answer, answer
        return answer["code"]

    async def redeem(self, code: str | None, **changes: str | None) -> httpx2.Response:
        return await self.token(
            **{
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.redirect_uri,
                "code_verifier": self.code_verifier,
                **changes,
            }
        )

    async def refresh(self, refresh_token: str, **changes: str | None) -> httpx2.Response:
        return await self.token(**{"grant_type": "refresh_token", "refresh_token": refresh_token, **changes})

    async def token(self, **form: str | None) -> httpx2.Response:
        return await self.post("/token", **form)

    async def post(self, path: str, **form: str | None) -> httpx2.Response:
        """A request authenticated by client_secret_basic, to any endpoint for programs."""
        sent = {name: value for name, value in form.items() if value is not None}
        return await self.provider.http.post(path, data=sent, headers={"authorization": self.basic()})

    def basic(self) -> str:
        return "Basic " + base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()

    async def userinfo(self, access_token: str) -> httpx2.Response:
        return await self.provider.http.get("/userinfo", headers={"authorization": f"Bearer {access_token}"})

    async def log_in(self, browser: Browser, **changes: str | None) -> dict[str, Any]:
        """The token answer of a complete login that needs no page."""
        response = await self.redeem(await self.code(browser, **changes))
        assert response.status_code == 200, response.text
        tokens: dict[str, Any] = response.json()
        return tokens


@dataclass
class Provider:
    app: Starlette
    services: Services
    clock: Clock
    http: httpx2.AsyncClient

    @property
    def issuer(self) -> str:
        return self.services.settings.issuer

    def browser(self) -> Browser:
        return Browser(_client(self.app, self.issuer))

    def http_from(self, address: str) -> httpx2.AsyncClient:
        """A program that calls from another address."""
        return _client(self.app, self.issuer, address)

    async def register(self, client_id: str = "town-hall", **metadata: Any) -> RelyingPartyDriver:
        """A service with a secret. `sector` and any RFC 7591 member may be given."""
        secret = secrets.token_urlsafe(32)
        sector = metadata.pop("sector", f"{client_id}.example")
        uri = f"https://{client_id}.example/callback"
        registered = {
            "client_name": "Ủy ban nhân dân",
            "client_name#en": "Town hall",
            "organisation": "Thành phố",
            "redirect_uris": [uri],
            "grant_types": ["authorization_code", "refresh_token"],
            "scope": "openid profile identity phone vn_personal_id offline_access",
            "purpose": "giải quyết hồ sơ",
            **metadata,
        }
        await self.services.database.commit(
            Insert(
                "client",
                {
                    "client_id": client_id,
                    "metadata": json.dumps(registered),
                    "client_secret_hash": hashlib.sha256(secret.encode()).digest(),
                    "sector": sector,
                    "disabled_at": None,
                    "created_at": int(self.clock()),
                    "updated_at": int(self.clock()),
                },
            ),
            bump_version(),
        )
        await self.services.configuration.refresh()
        return RelyingPartyDriver(self, client_id, secret, registered["redirect_uris"][0])

    async def disable(self, party: RelyingPartyDriver) -> None:
        disabling = Statement(
            "UPDATE client SET disabled_at = $1 WHERE client_id = $2", (int(self.clock()), party.client_id)
        )
        await self.services.database.commit(disabling, bump_version())
        await self.services.configuration.refresh()

    async def amend(self, party: RelyingPartyDriver, **metadata: Any) -> None:
        """Changes the registration as an operator would."""
        database, known = self.services.database, "WHERE client_id = $1"
        row = await database.fetch_row(f"SELECT metadata FROM client {known}", party.client_id)
        assert row is not None
        changed = json.dumps({**json.loads(str(row["metadata"])), **metadata})
        await database.commit(
            Statement("UPDATE client SET metadata = $1 WHERE client_id = $2", (changed, party.client_id)),
            bump_version(),
        )
        await self.services.configuration.refresh()

    def forgive_failures(self) -> None:
        """As a minute's rest would: the throttle looks at the clock, and tests keep theirs still."""
        forgiven = replace(self.services, failures=FailureThrottle())
        self.services = self.app.state.services = forgiven

    async def at_once(self, requests: Iterable[Awaitable[httpx2.Response]]) -> list[httpx2.Response]:
        return list(await asyncio.gather(*requests))

    async def logged_in_browser(
        self,
        identity: PivotIdentity = HOA,
        *,
        person_id: str | None = None,
        level: LevelOfAssurance = LevelOfAssurance.SUBSTANTIAL,
        consenting_to: RelyingPartyDriver | None = None,
        source_id: str = "tax",
        amr: tuple[str, ...] = ("pwd",),
    ) -> Browser:
        """A browser as a finished login leaves it; with `consenting_to`, everything of that service is agreed to."""
        now = int(self.clock())
        person_id, key = person_id or secrets.token_urlsafe(16), secrets.token_urlsafe(32)
        session = SsoSession(
            id=secrets.token_urlsafe(16),
            person_id=person_id,
            link_id=await link_to_rest_on(self.services.database, person_id, source_id),
            source_id=source_id,
            level=level,
            amr=amr,
            identity_level="substantial",
            auth_time=now,
            created_at=now,
            last_seen_at=now,
            expires_at=now + self.services.settings.session_lifetime,
            claims=identity.claims(),
        )
        await self.services.database.commit(
            Insert("person", {"id": person_id, "status": "active", "created_at": now}, on_conflict_do_nothing=True),
            vouching_link(self.services.vault, session, identity),
            insert_session(session, key=key, browser_hash=b"browser", vault=self.services.vault),
        )
        if consenting_to is not None:
            await self.consent(person_id, consenting_to)
        browser = self.browser()
        browser.http.cookies.set(self.services.cookies.session, key)
        return browser

    async def consent(
        self, person_id: str, party: RelyingPartyDriver, *, released: tuple[str, ...] | None = None
    ) -> None:
        """Everything the pivot identity holds is offered; `released` narrows what is let through."""
        offered = sorted({*HOA.claims(), "phone_number_verified", "email", "address", "email_verified"})
        await self.services.database.commit(
            Insert(
                "consent",
                {
                    "id": secrets.token_urlsafe(16),
                    "person_id": person_id,
                    "client_id": party.client_id,
                    "scope": "openid profile identity phone email address vn_personal_id offline_access",
                    "claims": json.dumps({"offered": offered, "released": list(released or offered)}),
                    "legal_basis": "consent",
                    "text_hash": b"hash",
                    "text_version": "1",
                    "locale": "vi",
                    "granted_at": int(self.clock()),
                    "withdrawn_at": None,
                },
            )
        )

    async def log_out(self, browser: Browser) -> httpx2.Response:
        """The person asks for it on the provider's own page, and says yes."""
        question = await browser.get("/logout")
        return await browser.post("/logout", {"decision": "approve", "csrf": csrf_of(question)})

    async def events(self) -> list[Mapping[str, Any]]:
        """The audit log, oldest first: `event`, the shared ids, and `detail` as a mapping."""
        # The clock of a test stands still: what tells one entry from the next is where its row lies.
        place = "rowid" if self.services.database.dialect == "sqlite" else "ctid"
        rows = await self.services.database.fetch_all(f"SELECT * FROM audit_entry ORDER BY recorded_at, {place}")
        return [{**row, "detail": json.loads(str(row["detail"]))} for row in rows]

    async def count_of(self, event: type[AuditEvent]) -> int:
        return sum(1 for row in await self.events() if row["event"] == event.name)


@asynccontextmanager
async def running_provider(database: Database, **overrides: Any) -> AsyncIterator[Provider]:
    """A provider over a migrated database, with keys of every algorithm; no background work."""
    clock = Clock()
    configured = settings(**overrides)
    app = create_app(configured, database=database, clock=clock, in_background=False)
    services: Services = app.state.services
    await database.commit(*(insert_key(key, services.vault) for key in _RING.keys), bump_version())
    services.configuration.key_ring = _RING
    await services.configuration.refresh()
    http = _client(app, configured.issuer)
    yield Provider(app, services, clock, http)
    await http.aclose()
    await services.http.aclose()


@asynccontextmanager
async def worker_beside(provider: Provider, database: Database, **overrides: Any) -> AsyncIterator[Provider]:
    """Another worker of the same installation; `database` are its own connections to the same rows."""
    configured = settings(**overrides) if overrides else provider.services.settings
    app = create_app(configured, database=database, clock=provider.clock, in_background=False)
    services: Services = app.state.services
    if not overrides:
        services.configuration.key_ring = _RING
    await services.configuration.refresh()
    http = _client(app, provider.issuer)
    yield Provider(app, services, provider.clock, http)
    await http.aclose()
    await services.http.aclose()


def answer_of(response: httpx2.Response) -> dict[str, str]:
    """The parameters handed to the service in a redirect."""
    assert response.status_code == 303, response.text
    return dict(parse_qsl(urlsplit(response.headers["location"]).query))


def csrf_of(page: httpx2.Response) -> str:
    """The token of the first form that changes something."""
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]


def claims_of(token: str) -> dict[str, Any]:
    """The payload of a JWS, unverified: the tests of `keys` are about signatures."""
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def _client(app: Starlette, issuer: str, address: str = "127.0.0.1") -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False, client=(address, 40000))
    return httpx2.AsyncClient(transport=transport, base_url=issuer, follow_redirects=False)
