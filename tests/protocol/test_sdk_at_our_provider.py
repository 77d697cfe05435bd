"""Our SDK at our provider, with a secret: answers as a form, logins that others begin, fresh tokens, and a way back."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from idp.portals.in_process import InProcess
from relying_party_sdk import RelyingParty
from relying_party_sdk.starlette import LoginRoutes, current_identity, fresh_identity, login_required
from tests.support.provider import HOA, Browser, Provider

_SECRET = "bi-mat-chi-dung-de-thu-0123456789"
_ORIGIN = "https://library.example"
_CALLBACK = "/dang-nhap/ket-thuc"
_SAME_SITE = {"sec-fetch-site": "same-origin"}


@dataclass
class Library:
    """A service and a browser at it and at the provider; the cookies of the service alone."""

    issuer: str
    site: httpx2.AsyncClient
    browser: Browser

    async def answer(self, begun: httpx2.Response) -> httpx2.Response:
        assert begun.status_code == 303, begun.text
        return await self.browser.get(begun.headers["location"])

    async def post_back(self, page: httpx2.Response) -> httpx2.Response:
        """What the provider's page does by itself, or the person by its button."""
        fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text)
        return await self.site.post(_CALLBACK, data={name: unescape(value) for name, value in fields})


@login_required()
async def _tokens(request: Request) -> PlainTextResponse:
    before = current_identity(request).tokens
    after = (await fresh_identity(request, renew=True)).tokens
    assert before is not None
    assert after is not None
    return PlainTextResponse(str(before.refresh_token != after.refresh_token))


@login_required()
async def _name(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(current_identity(request).claims["name"]))


async def _library(provider: Provider, *, metadata: dict[str, Any], settings: dict[str, Any]) -> Library:
    landing = f"{_ORIGIN}/dang-nhap/da-thoat"
    registered = await provider.register(
        "library", redirect_uris=[f"{_ORIGIN}{_CALLBACK}"], post_logout_redirect_uris=[landing], **metadata
    )
    party = RelyingParty(
        provider.issuer,
        registered.client_id,
        registered.redirect_uri,
        client_secret=registered.secret,
        scopes=("openid", "profile", "offline_access"),
        post_logout_redirect_uri=landing,
        http=httpx2.Client(transport=InProcess(provider.app)),
        clock=lambda: int(provider.clock()),
        **settings,
    )
    login = LoginRoutes(party, session_secret=_SECRET, keep_tokens=True)
    app = Starlette(routes=[Mount("/dang-nhap", login), Route("/ho-so", _name), Route("/the", _tokens)])
    site = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=_ORIGIN)
    return Library(provider.issuer, site, await provider.logged_in_browser(consenting_to=registered))


@pytest.mark.parametrize("signed", [False, True], ids=["plain", "signed"])
async def test_an_answer_comes_as_a_form(provider: Provider, signed: bool) -> None:
    algorithm = {"authorization_signed_response_alg": "ES256"} if signed else {}
    library = await _library(provider, metadata=algorithm, settings={**algorithm, "response_mode": "form_post"})

    page = await library.answer(await library.site.get("/dang-nhap/bat-dau?return_to=/ho-so"))
    finished = await library.post_back(page)

    assert ("response" in page.text) is signed
    assert finished.headers["location"] == "/ho-so"
    assert (await library.site.get("/ho-so")).text == HOA.name


async def test_a_refused_login_comes_as_a_form_too(provider: Provider) -> None:
    library = await _library(provider, metadata={}, settings={"response_mode": "form_post"})
    begun = await library.site.get("/dang-nhap/bat-dau")

    page = await library.browser.get(begun.headers["location"] + "&prompt=none&max_age=0")
    told = await library.post_back(page)

    assert told.status_code == 401
    assert "interaction_required" in told.text


async def test_a_third_party_begins_a_login_and_names_the_page(provider: Provider) -> None:
    library = await _library(provider, metadata={"initiate_login_uri": f"{_ORIGIN}/dang-nhap/duoc-moi"}, settings={})
    invitation = urlencode({"iss": library.issuer, "target_link_uri": f"{_ORIGIN}/ho-so"})

    answered = await library.answer(await library.site.get(f"/dang-nhap/duoc-moi?{invitation}"))
    finished = await library.site.get(answered.headers["location"])

    assert finished.headers["location"] == "/ho-so"


async def test_a_session_keeps_its_fresh_tokens_and_a_logout_comes_back_to_its_page(provider: Provider) -> None:
    """Twice, because the provider rotates: a spent refresh token that came back would end everything."""
    library = await _library(provider, metadata={}, settings={})
    answered = await library.answer(await library.site.get("/dang-nhap/bat-dau?return_to=/ho-so"))
    await library.site.get(answered.headers["location"])

    refreshed = [(await library.site.get("/the")).text for _ in range(2)]
    left = await library.site.post("/dang-nhap/thoat", data={"return_to": "/tam-biet"}, headers=_SAME_SITE)
    goodbye = await library.browser.get(left.headers["location"])
    back = await library.site.get(goodbye.headers["location"])

    assert refreshed == ["True", "True"]
    assert back.headers["location"] == "/tam-biet"
