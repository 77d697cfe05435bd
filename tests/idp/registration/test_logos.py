"""The logo of a service that registers itself: fetched once, drawn anew, shown from our own address."""

import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import Response

from idp.settings import DynamicRegistration
from idp.storage.database import Database
from idp.web.guarded_http import GuardedHttp
from tests.idp.web.test_guarded_tls import write_certificate
from tests.idp.web.test_logos import bomb, moving, picture
from tests.support.http_server import served
from tests.support.provider import Provider, RelyingPartyDriver, running_provider

_HOST = "service.example"
_CALLBACK = f"https://{_HOST}/callback"


@dataclass
class Site:
    """The service's own site; `shows` is what is at the logo's address now, `asked` how often it was."""

    url: str = ""
    shows: bytes = b""
    status: int = 200
    asked: int = 0
    endless: bool = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert Request(scope).headers["accept"] == "image/png, image/jpeg"
        self.asked += 1
        if not self.endless:
            headers = {"location": "https://other.example/"}
            await Response(self.shows, self.status, headers, media_type="image/svg+xml")(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(64):
            await send({"type": "http.response.body", "body": b"\x00" * 8192, "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            await send({"type": "http.response.body", "body": b"\x00" * 8192, "more_body": True})


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tls") / "service.pem"
    write_certificate(path, _HOST)
    return path


@pytest.fixture
def site(certificate: Path) -> Iterator[Site]:
    shown = Site(shows=picture())
    with served(shown, certificate=certificate) as address:
        shown.url = f"https://{_HOST}:{urlsplit(address).port}/logo"
        yield shown


@pytest.fixture
async def provider(database: Database, site: Site, certificate: Path) -> AsyncIterator[Provider]:
    async def resolver(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    async with running_provider(database, dynamic_registration=DynamicRegistration.OPEN) as running:
        http = GuardedHttp(
            clock=lambda: 0.0,
            allow_list=(urlsplit(site.url).netloc,),
            resolver=resolver,
            ssl_context=ssl.create_default_context(cafile=certificate),
            deadline=1.0,
        )
        running.services = running.app.state.services = replace(running.services, http=http)
        yield running
        await http.aclose()


async def _register(provider: Provider, **metadata: Any) -> httpx2.Response:
    return await provider.http.post("/register", json={"redirect_uris": [_CALLBACK], "scope": "openid", **metadata})


async def _choice_page(provider: Provider, made: dict[str, Any]) -> httpx2.Response:
    party = RelyingPartyDriver(provider, made["client_id"], made["client_secret"], _CALLBACK)
    browser = provider.browser()
    started = await party.authorize(browser, scope="openid")
    return await browser.get(f"{started.headers['location']}/sources")


def _logo_on(page: httpx2.Response) -> str:
    return page.text.partition('<img class="mc-logo" src="')[2].partition('"')[0]


async def test_the_citizen_sees_it_and_the_browser_asks_nobody_but_us(provider: Provider, site: Site) -> None:
    made = (await _register(provider, logo_uri=site.url)).json()

    page = await _choice_page(provider, made)
    shown = await provider.http.get(_logo_on(page))

    assert "img-src 'self'" in page.headers["content-security-policy"]
    assert site.url not in page.text
    assert shown.headers["content-type"] == "image/png"
    assert "immutable" in shown.headers["cache-control"]
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.content.startswith(b"\x89PNG")
    assert shown.content != site.shows
    assert site.asked == 1


async def test_what_stands_at_its_address_later_is_nobodys_word(provider: Provider, site: Site) -> None:
    made = (await _register(provider, logo_uri=site.url)).json()
    before = (await provider.http.get(_logo_on(await _choice_page(provider, made)))).content

    site.shows = picture(size=(10, 10))

    assert (await provider.http.get(_logo_on(await _choice_page(provider, made)))).content == before
    assert site.asked == 1


async def test_a_changed_registration_has_another_address_and_the_old_one_is_gone(
    provider: Provider, site: Site
) -> None:
    made = (await _register(provider, logo_uri=site.url)).json()
    old = _logo_on(await _choice_page(provider, made))
    site.shows = picture(size=(10, 10))

    bearer = {"authorization": f"Bearer {made['registration_access_token']}"}
    kept = {"client_id": made["client_id"], "redirect_uris": [_CALLBACK], "scope": "openid", "logo_uri": site.url}
    changed = await provider.http.put(f"/register/{made['client_id']}", json=kept, headers=bearer)

    assert changed.status_code == 200
    new = _logo_on(await _choice_page(provider, made))
    assert new != old
    assert (await provider.http.get(new)).status_code == 200
    assert (await provider.http.get(old)).status_code == 404


async def test_the_picture_is_no_member_of_the_registration(provider: Provider, site: Site) -> None:
    made = (await _register(provider, logo_uri=site.url)).json()

    assert made["logo_uri"] == site.url
    assert "logo_png" not in made
    assert (await _register(provider, logo_png="iVBORw0KGgo=")).json()["error"] == "invalid_client_metadata"


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", id="SVG"),
        pytest.param(moving("PNG"), id="one that moves"),
        pytest.param(bomb(30_000, 30_000), id="decompression bomb"),
        pytest.param(b"\x89PNG" + b"\x00" * 70_000, id="larger than 64 KB"),
        pytest.param(b"", id="nothing"),
    ],
)
async def test_a_picture_we_cannot_draw_is_a_registration_refused(provider: Provider, site: Site, shown: bytes) -> None:
    site.shows = shown

    answer = await _register(provider, logo_uri=site.url)

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_client_metadata"
    assert answer.json()["error_description"].startswith("logo_uri: ")


@pytest.mark.parametrize("status", [204, 301, 302, 404, 500])
async def test_no_answer_but_200_is_a_picture(provider: Provider, site: Site, status: int) -> None:
    site.status = status

    answer = await _register(provider, logo_uri=site.url)

    assert answer.json()["error"] == "invalid_client_metadata"
    assert site.asked == 1


async def test_a_body_without_an_end_is_left_alone(provider: Provider, site: Site) -> None:
    site.endless = True

    with anyio.fail_after(20):
        answer = await _register(provider, logo_uri=site.url)

    assert answer.json()["error"] == "invalid_client_metadata"


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1/logo.png",
        "http://service.example/logo.png",
        "https://127.0.0.1/logo.png",
        "https://[::1]/logo.png",
        "https://169.254.169.254/latest/meta-data",
        "https://user:password@service.example/logo.png",
        "data:image/png;base64,iVBORw0KGgo=",
        "javascript:alert(1)",
        "file:///etc/passwd",
    ],
)
async def test_an_address_we_may_not_ask_is_refused(database: Database, uri: str) -> None:
    async with running_provider(database, dynamic_registration=DynamicRegistration.OPEN) as provider:
        answer = await _register(provider, logo_uri=uri)

    assert answer.json()["error"] == "invalid_client_metadata"


async def test_policy_and_terms_are_plain_links_where_the_citizen_decides(provider: Provider) -> None:
    policy, terms = "https://service.example/policy?a=1&b=%22", "https://service.example/terms"
    made = (await _register(provider, client_name="<b>Dịch vụ</b>", policy_uri=policy, tos_uri=terms)).json()

    text = (await _choice_page(provider, made)).text

    assert 'id="policy" href="https://service.example/policy?a=1&amp;b=%22" rel="noreferrer"' in text
    assert f'id="terms" href="{terms}" rel="noreferrer"' in text
    assert "target=" not in text
    assert "<b>Dịch" not in text


async def test_whoever_registers_none_shows_none(provider: Provider) -> None:
    made = (await _register(provider)).json()

    text = (await _choice_page(provider, made)).text

    for hook in ("mc-logo", 'id="policy"', 'id="terms"'):
        assert hook not in text


@pytest.mark.parametrize("member", ["policy_uri", "tos_uri", "logo_uri"])
@pytest.mark.parametrize("uri", ["javascript:alert(1)", "http://service.example/x", "http://127.0.0.1/x", "/x", 5])
async def test_they_are_https_or_refused(provider: Provider, member: str, uri: object) -> None:
    assert (await _register(provider, **{member: uri})).json()["error"] == "invalid_client_metadata"
