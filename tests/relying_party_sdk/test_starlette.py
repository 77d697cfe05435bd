"""What is Starlette's alone: TLS cookies, the event loop, mounting, wrong wiring."""

from __future__ import annotations

import threading
from urllib.parse import urlsplit

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from relying_party_sdk import ConfigurationError, NotLoggedIn, RelyingParty
from relying_party_sdk.starlette import LoginRoutes, current_identity, login_required
from relying_party_sdk.testing import FakeProvider
from tests.relying_party_sdk.sites import SECRET, build_starlette


def test_uses_host_cookies_over_tls(provider: FakeProvider) -> None:
    party = provider.relying_party(redirect_uri="https://thue.example/dang-nhap/ket-thuc")
    client = TestClient(build_starlette(party), base_url="https://thue.example", follow_redirects=False)

    started = client.get("/dang-nhap/bat-dau?return_to=/ho-so")
    callback = urlsplit(provider.authorize(started.headers["location"]))
    finished = client.get(f"{callback.path}?{callback.query}")

    cookies = [*started.headers.get_list("set-cookie"), *finished.headers.get_list("set-cookie")]
    assert len(cookies) == 3
    assert all(cookie.startswith("__Host-") and cookie.endswith("; Secure") for cookie in cookies)
    assert client.get("/ho-so").text == "Xin chào Nguyễn Thị Hoa"


def test_a_head_request_does_not_use_the_code_up(party: RelyingParty, provider: FakeProvider) -> None:
    client = TestClient(build_starlette(party), base_url="http://localhost", follow_redirects=False)
    callback = urlsplit(provider.authorize(client.get("/dang-nhap/bat-dau").headers["location"]))
    path = f"{callback.path}?{callback.query}"

    assert client.head(path).status_code == 405
    assert client.get(path).status_code == 303


async def test_never_waits_on_the_event_loop(provider: FakeProvider) -> None:
    threads: list[int] = []

    class Watching:
        """A store that notes where it is called from."""

        def end(self, mark: str, *, at: int, until: int) -> None:
            threads.append(threading.get_ident())

        def ended_at(self, mark: str, *, now: int) -> int | None:
            threads.append(threading.get_ident())
            return None

        def use_once(self, mark: str, *, now: int, until: int) -> bool:
            threads.append(threading.get_ident())
            return True

    app = build_starlette(provider.relying_party(store=Watching()))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost") as client:
        started = await client.get("/dang-nhap/bat-dau?return_to=/ho-so")
        await client.get(provider.authorize(started.headers["location"]))
        assert (await client.get("/ho-so")).text == "Xin chào Nguyễn Thị Hoa"
        assert (await client.get("/")).text == "công dân"
        await client.post("/dang-nhap/thoat", headers={"Origin": "http://localhost"})

    assert len(threads) >= 5
    assert threading.get_ident() not in threads


def test_a_body_too_large_is_refused(party: RelyingParty) -> None:
    client = TestClient(build_starlette(party), base_url="http://localhost")

    assert client.post("/dang-nhap/thoat-nen", data={"logout_token": "x" * 70_000}).status_code == 413


def test_says_when_the_routes_are_not_mounted() -> None:
    @login_required()
    async def page(request: Request) -> Response:
        return PlainTextResponse("")

    with pytest.raises(ConfigurationError, match="LoginRoutes is not mounted"):
        TestClient(Starlette(routes=[Route("/", page)])).get("/")


def test_says_when_the_routes_are_mounted_elsewhere(party: RelyingParty) -> None:
    @login_required()
    async def page(request: Request) -> Response:
        return PlainTextResponse("")

    app = Starlette(routes=[Mount("/login", LoginRoutes(party, session_secret=SECRET)), Route("/", page)])

    with pytest.raises(ConfigurationError, match="mounted at /login, but redirect_uri lies in /dang-nhap"):
        TestClient(app).get("/")


def test_says_when_a_page_is_not_decorated(party: RelyingParty) -> None:
    async def page(request: Request) -> Response:
        return PlainTextResponse(current_identity(request).subject)

    app = Starlette(routes=[Mount("/dang-nhap", LoginRoutes(party, session_secret=SECRET)), Route("/", page)])

    with pytest.raises(NotLoggedIn, match="login_required"):
        TestClient(app).get("/")


@pytest.mark.parametrize(
    ("redirect_uri", "secret"),
    [
        ("http://localhost/dang-nhap/thoat", SECRET),
        ("http://localhost/", SECRET),
        ("http://localhost/dang-nhap/ket-thuc", "ngắn"),
    ],
)
def test_says_when_the_wiring_cannot_work(provider: FakeProvider, redirect_uri: str, secret: str) -> None:
    with pytest.raises(ConfigurationError):
        LoginRoutes(provider.relying_party(redirect_uri=redirect_uri), session_secret=secret)


def test_a_service_may_write_its_own_error_page(party: RelyingParty) -> None:
    routes = LoginRoutes(party, session_secret=SECRET, on_error=lambda error: f"<p>Của tôi: {error.code}</p>")
    client = TestClient(Starlette(routes=[Mount("/dang-nhap", routes)]), base_url="http://localhost")

    assert client.get("/dang-nhap/ket-thuc?state=x").text == "<p>Của tôi: login_state_missing</p>"


def test_keeps_tokens_only_where_asked(party: RelyingParty, provider: FakeProvider) -> None:
    @login_required()
    async def page(request: Request) -> Response:
        return PlainTextResponse("có" if current_identity(request).tokens else "không")

    def answer(*, keep_tokens: bool) -> str:
        routes = LoginRoutes(party, session_secret=SECRET, keep_tokens=keep_tokens)
        app = Starlette(routes=[Mount("/dang-nhap", routes), Route("/", page)])
        return provider.sign_in(TestClient(app, base_url="http://localhost")).get("/").text

    assert (answer(keep_tokens=False), answer(keep_tokens=True)) == ("không", "có")


def test_two_services_of_one_host_do_not_log_each_other_out(provider: FakeProvider) -> None:
    with FakeProvider(client_id="dich-vu-hai", clock=provider.clock) as second:
        first_app, second_app = build_starlette(provider.relying_party()), build_starlette(second.relying_party())
        first = TestClient(first_app, base_url="http://localhost")
        provider.sign_in(first)
        # One browser: cookies do not tell ports apart.
        other = TestClient(second_app, base_url="http://localhost", cookies=first.cookies)
        second.sign_in(other)
        first.cookies.update(other.cookies)

        assert (first.get("/").text, other.get("/").text) == ("công dân", "công dân")
