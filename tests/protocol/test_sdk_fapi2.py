"""Our SDK at our provider, in FAPI 2 mode: login, UserInfo, a data provider, refresh and logout, in two frameworks.

The provider signs and encrypts with jwcrypto, the SDK verifies and opens with joserfc.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx2
import pytest
from anyio import to_thread
from flask import Flask
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from idp.portals.in_process import InProcess
from relying_party_sdk import Identity, RelyingParty
from relying_party_sdk import flask as flask_sdk
from relying_party_sdk import starlette as starlette_sdk
from tests.support.provider import HOA, Browser, Provider, RelyingPartyDriver

_SECRET = "bi-mat-chi-dung-de-thu-0123456789"
_ORIGIN = "https://bank.example"
_KEY = ECKey.generate_key("P-256", {"kid": "sign-1"}, private=True)
_SEALED = ECKey.generate_key("P-256", {"kid": "seal-1"}, private=True)
_PROFILES = ("fapi2", "fapi2-message-signing")

Page = Callable[[Identity], str]


class Site(Protocol):
    """The service, as a browser meets it."""

    async def get(self, path: str) -> httpx2.Response: ...

    async def post(self, path: str) -> httpx2.Response: ...


class StarletteSite:
    def __init__(self, party: RelyingParty, pages: Mapping[str, Page]) -> None:
        login = starlette_sdk.LoginRoutes(party, session_secret=_SECRET, keep_tokens=True)
        routes = [Route(path, _starlette_page(page)) for path, page in pages.items()]
        app = Starlette(routes=[Mount("/dang-nhap", login), *routes])
        self._http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=_ORIGIN)

    async def get(self, path: str) -> httpx2.Response:
        return await self._http.get(path)

    async def post(self, path: str) -> httpx2.Response:
        return await self._http.post(path, headers={"sec-fetch-site": "same-origin"})


class FlaskSite:
    def __init__(self, party: RelyingParty, pages: Mapping[str, Page]) -> None:
        app = Flask("bank")
        app.secret_key = _SECRET
        flask_sdk.Login(app, party, keep_tokens=True)
        for path, page in pages.items():
            app.add_url_rule(path, path, _flask_page(page))
        self._client = app.test_client()

    async def get(self, path: str) -> httpx2.Response:
        return await to_thread.run_sync(partial(self._open, "GET", path))

    async def post(self, path: str) -> httpx2.Response:
        return await to_thread.run_sync(partial(self._open, "POST", path))

    def _open(self, method: str, path: str) -> httpx2.Response:
        headers = {"sec-fetch-site": "same-origin"}
        answer = self._client.open(path, method=method, base_url=_ORIGIN, headers=headers)
        return httpx2.Response(answer.status_code, headers=list(answer.headers), content=answer.data)


def _starlette_page(page: Page) -> Callable[..., Any]:
    @starlette_sdk.login_required()
    def shown(request: Request) -> PlainTextResponse:
        return PlainTextResponse(page(starlette_sdk.current_identity(request)))

    return shown


def _flask_page(page: Page) -> Callable[..., Any]:
    @flask_sdk.login_required()
    def shown() -> str:
        return page(flask_sdk.current_identity())

    return shown


@dataclass
class Bank:
    """The registered service: what the provider knows of it, and what it says of itself."""

    provider: Provider
    registered: RelyingPartyDriver
    party: RelyingParty

    def site(self, kind: type[StarletteSite] | type[FlaskSite]) -> Site:
        return kind(self.party, {"/ho-so": _name, "/du-lieu": self._data, "/lam-moi": self._refreshed})

    async def browser(self) -> Browser:
        return await self.provider.logged_in_browser(consenting_to=self.registered)

    def _data(self, identity: Identity) -> str:
        answer = self.party.request("GET", f"{self.provider.issuer}/userinfo", identity)
        return f"{answer.status} {json.loads(answer.body)['sub'] == identity.subject}"

    def _refreshed(self, identity: Identity) -> str:
        fresh = self.party.refresh(identity)
        assert fresh.tokens is not None
        assert identity.tokens is not None
        assert fresh.tokens.access_token != identity.tokens.access_token
        return f"{fresh.subject == identity.subject} {self._data(fresh)}"


def _name(identity: Identity) -> str:
    return str(identity.claims["name"])


async def _bank(provider: Provider, profile: str, *, settings: Mapping[str, Any], **metadata: Any) -> Bank:
    jwks = {"keys": [{**key.as_dict(private=False), "use": use} for key, use in ((_KEY, "sig"), (_SEALED, "enc"))]}
    registered = await provider.register(
        "bank",
        redirect_uris=[f"{_ORIGIN}/dang-nhap/ket-thuc"],
        post_logout_redirect_uris=[f"{_ORIGIN}/dang-nhap/da-thoat"],
        profile=profile,
        token_endpoint_auth_method="private_key_jwt",
        jwks=jwks,
        **metadata,
    )
    party = RelyingParty(
        provider.issuer,
        registered.client_id,
        registered.redirect_uri,
        private_key=_KEY,
        profile=profile,
        scopes=("openid", "profile", "offline_access"),
        post_logout_redirect_uri=f"{_ORIGIN}/dang-nhap/da-thoat",
        http=httpx2.Client(transport=InProcess(provider.app)),
        clock=lambda: int(provider.clock()),
        **settings,
    )
    return Bank(provider, registered, party)


async def _log_in(site: Site, browser: Browser, *, to: str = "/ho-so") -> httpx2.Response:
    begun = await site.get(f"/dang-nhap/bat-dau?return_to={to}")
    assert begun.status_code == 303, begun.text
    answered = await browser.get(begun.headers["location"])
    assert answered.status_code == 303, answered.text
    callback = urlsplit(answered.headers["location"])
    finished = await site.get(f"{callback.path}?{callback.query}")
    assert finished.status_code == 303, finished.text
    return await site.get(finished.headers["location"])


@pytest.mark.parametrize("kind", [StarletteSite, FlaskSite], ids=["starlette", "flask"])
@pytest.mark.parametrize("profile", _PROFILES)
@pytest.mark.parametrize("nonces", [False, True], ids=["without nonces", "with nonces"])
async def test_one_argument_is_enough_for_login_data_refresh_and_logout(
    provider: Provider, kind: type[StarletteSite] | type[FlaskSite], profile: str, nonces: bool
) -> None:
    bank = await _bank(provider, profile, settings={}, dpop_nonce_required=nonces)
    site, browser = bank.site(kind), await bank.browser()

    welcome = await _log_in(site, browser)
    data, refreshed = await site.get("/du-lieu"), await site.get("/lam-moi")
    left = await site.post("/dang-nhap/thoat")
    goodbye = await browser.get(left.headers["location"])
    afterwards = await site.get("/ho-so")

    assert welcome.text == HOA.name
    assert (data.text, refreshed.text) == ("200 True", "True 200 True")
    assert goodbye.headers["location"].startswith(f"{_ORIGIN}/dang-nhap/da-thoat")
    assert afterwards.headers["location"].startswith("/dang-nhap/bat-dau")


@pytest.mark.parametrize("profile", _PROFILES)
async def test_the_browser_carries_the_name_of_the_request_and_nothing_of_it(provider: Provider, profile: str) -> None:
    site = (await _bank(provider, profile, settings={})).site(StarletteSite)

    begun = await site.get("/dang-nhap/bat-dau")

    asked = httpx2.URL(begun.headers["location"]).params
    assert set(asked) == {"client_id", "request_uri"}


async def test_answers_may_be_encrypted_and_are_signed_inside(provider: Provider) -> None:
    algorithms = {
        "id_token_encrypted_response_alg": "ECDH-ES",
        "id_token_encrypted_response_enc": "A256GCM",
        "userinfo_signed_response_alg": "ES256",
        "userinfo_encrypted_response_alg": "ECDH-ES+A256KW",
        "authorization_encrypted_response_alg": "ECDH-ES",
    }
    settings = {**algorithms, "decryption_key": _SEALED}
    bank = await _bank(provider, "fapi2-message-signing", settings=settings, **algorithms)

    welcome = await _log_in(bank.site(StarletteSite), await bank.browser())

    assert welcome.text == HOA.name


async def test_a_login_begun_for_message_signing_does_not_take_a_plain_answer(provider: Provider) -> None:
    bank = await _bank(provider, "fapi2-message-signing", settings={})
    site, browser = bank.site(StarletteSite), await bank.browser()
    begun = await site.get("/dang-nhap/bat-dau")
    answered = await browser.get(begun.headers["location"])
    assert set(httpx2.URL(answered.headers["location"]).params) == {"response"}

    finished = await site.get("/dang-nhap/ket-thuc?code=x&state=y&iss=" + provider.issuer)

    assert finished.status_code == 400
    assert "callback_malformed" in finished.text
