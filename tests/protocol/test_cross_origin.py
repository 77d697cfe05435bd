"""Scripts of public clients may read what a specification gives to programs, and nobody else's scripts anything."""

import httpx2
import pytest

from idp.web.cors import TABLE
from tests.support.provider import Provider, RelyingPartyDriver

_HOME = "https://page.example"
_SHARED = [(path, method) for path, shared in TABLE.items() for method in shared.methods.decode().split(", ")]
_FOR_CLIENTS = [("/token", "POST"), ("/revoke", "POST"), ("/par", "POST"), ("/userinfo", "GET"), ("/userinfo", "POST")]
_ALLOW = "access-control-allow-"


@pytest.fixture
async def page(provider: Provider) -> RelyingPartyDriver:
    return await provider.register("page", token_endpoint_auth_method="none")


async def _preflight(provider: Provider, path: str, method: str, origin: str = _HOME) -> httpx2.Response:
    headers = {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": "authorization,content-type,dpop",
    }
    return await provider.http.request("OPTIONS", path, headers=headers)


def _said(answer: httpx2.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


def test_every_address_for_programs_in_a_browser_is_in_the_table() -> None:
    assert set(_FOR_CLIENTS) == {(path, method) for path, method in _SHARED if method == "POST" or path == "/userinfo"}


@pytest.mark.parametrize(("path", "method"), _FOR_CLIENTS)
async def test_a_public_client_s_script_may_ask_and_read(
    provider: Provider, page: RelyingPartyDriver, path: str, method: str
) -> None:
    asked = await _preflight(provider, path, method)
    answer = await provider.http.request(method, path, headers={"origin": _HOME, "authorization": "Bearer wrong"})

    assert (asked.status_code, asked.content) == (204, b"")
    assert asked.headers[f"{_ALLOW}origin"] == answer.headers[f"{_ALLOW}origin"] == _HOME
    assert method in asked.headers[f"{_ALLOW}methods"].split(", ")
    assert asked.headers[f"{_ALLOW}headers"] == "Authorization, Content-Type, DPoP"
    assert answer.status_code in (400, 401)
    assert answer.headers["access-control-expose-headers"] == "WWW-Authenticate, DPoP-Nonce"
    assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize(
    "path", ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/jwks"]
)
async def test_what_is_published_is_for_everybody(provider: Provider, path: str) -> None:
    asked = await _preflight(provider, path, "GET", origin="https://anybody.example")
    answer = await provider.http.get(path, headers={"origin": "https://anybody.example"})

    assert asked.headers.get_list(f"{_ALLOW}origin") == answer.headers.get_list(f"{_ALLOW}origin") == ["*"]


@pytest.mark.parametrize(
    "origin",
    [
        pytest.param("https://evil.example", id="a stranger"),
        pytest.param("https://town-hall.example", id="a client that has credentials"),
        pytest.param("https://app.example", id="a native client"),
        pytest.param("https://gone.example", id="a disabled client"),
        pytest.param("http://page.example", id="another scheme"),
        pytest.param("https://page.example:8443", id="another port"),
        pytest.param("https://page.example.evil.example", id="a longer host"),
        pytest.param("https://page.example/", id="no origin but an address"),
        pytest.param("HTTPS://PAGE.EXAMPLE", id="another spelling"),
        pytest.param("https://PAGE.example", id="another spelling of the host"),
        pytest.param("null", id="an origin that is hidden"),
        pytest.param("*", id="everybody"),
        pytest.param("https://người.example", id="letters beyond ASCII"),
    ],
)
async def test_nobody_else_may_read(
    provider: Provider, page: RelyingPartyDriver, town_hall: RelyingPartyDriver, origin: str
) -> None:
    public = {"token_endpoint_auth_method": "none"}
    await provider.register("app", application_type="native", redirect_uris=["https://app.example/"], **public)
    await provider.disable(await provider.register("gone", **public))
    sent = origin.encode()

    for path, method in _FOR_CLIENTS:
        headers = [(b"origin", sent), (b"access-control-request-method", method.encode())]
        asked = await provider.http.request("OPTIONS", path, headers=headers)
        answer = await provider.http.request(method, path, headers=[(b"origin", sent)])

        assert _said(asked) == _said(answer) == {}, path


async def test_two_origins_are_none(provider: Provider, page: RelyingPartyDriver) -> None:
    answer = await provider.http.post("/token", headers=[("origin", _HOME), ("origin", _HOME)])

    assert _said(answer) == {}


@pytest.mark.parametrize("path", ["/", "/authorize", "/logout", "/introspect", "/subject-changes", "/me", "/operator"])
async def test_pages_and_servers_addresses_are_read_by_no_script(
    provider: Provider, page: RelyingPartyDriver, path: str
) -> None:
    for method in ("GET", "POST"):
        asked = await _preflight(provider, path, method)
        answer = await provider.http.request(method, path, headers={"origin": _HOME})

        assert _said(asked) == _said(answer) == {}


async def test_no_answer_ever_admits_cookies(provider: Provider, page: RelyingPartyDriver) -> None:
    for path, method in _SHARED:
        for answer in (
            await _preflight(provider, path, method),
            await provider.http.request(method, path, headers={"origin": _HOME}),
        ):
            assert f"{_ALLOW}credentials" not in answer.headers


async def test_who_does_not_come_from_a_browser_is_told_nothing(provider: Provider, page: RelyingPartyDriver) -> None:
    assert _said(await provider.http.post("/token")) == {}
    assert (await provider.http.request("OPTIONS", "/token", headers={"origin": _HOME})).status_code == 405


@pytest.mark.parametrize(
    ("uri", "origin"),
    [
        ("https://page.example:443/callback", "https://page.example"),
        ("https://Page.example/callback", "https://page.example"),
        ("https://page.example:8443/callback", "https://page.example:8443"),
        ("http://127.0.0.1:80/callback", "http://127.0.0.1"),
        ("http://[::1]:5173/callback", "http://[::1]:5173"),
    ],
)
async def test_an_origin_is_written_as_browsers_do(provider: Provider, uri: str, origin: str) -> None:
    await provider.register("page", token_endpoint_auth_method="none", redirect_uris=[uri])

    answer = await provider.http.post("/token", headers={"origin": origin})

    assert answer.headers[f"{_ALLOW}origin"] == origin


async def test_a_page_that_is_registered_meanwhile_may_read_at_once(provider: Provider) -> None:
    before = await provider.http.post("/token", headers={"origin": _HOME})
    page = await provider.register("page", token_endpoint_auth_method="none")
    after = await provider.http.post("/token", headers={"origin": _HOME})
    await provider.disable(page)
    in_the_end = await provider.http.post("/token", headers={"origin": _HOME})

    assert [_said(answer) != {} for answer in (before, after, in_the_end)] == [False, True, False]
