"""The language switch."""

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from idp.web.cookies import CookieNames
from idp.web.i18n import Locale
from idp.web.locale import LocaleSwitch, page_locale, switch_url

COOKIES = CookieNames(secure=True)
ISSUER = "https://dinhdanh.example.vn"


async def say_the_language(scope: Scope, receive: Receive, send: Send) -> None:
    response: Response = PlainTextResponse(page_locale(Request(scope), COOKIES))
    await response(scope, receive, send)


@pytest.fixture
def client() -> TestClient:
    app = LocaleSwitch(say_the_language, cookies=COOKIES, issuer=ISSUER)
    return TestClient(app, base_url=ISSUER, follow_redirects=False)


def test_keeps_the_choice_and_comes_back_to_the_same_page(client: TestClient) -> None:
    answer = client.get("/interactions/i1?a=1&lang=en&b=%2F")

    assert (answer.status_code, answer.headers["location"]) == (303, f"{ISSUER}/interactions/i1?a=1&b=%2F")
    assert answer.headers["set-cookie"].startswith("__Host-motcua_locale=en; Path=/; Max-Age=31536000")
    assert client.get("/interactions/i1").text == "en"


@pytest.mark.parametrize(
    "query", ["lang=fr", "lang=", "lang=en&lang=vi", "lang=en&lang=en", "xlang=en", "q=lang=en", "lang=EN"]
)
def test_leaves_everything_else_to_the_page(client: TestClient, query: str) -> None:
    answer = client.get(f"/x?{query}")

    assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)


def test_never_turns_a_form_into_a_redirect(client: TestClient) -> None:
    assert client.post("/x?lang=en").status_code == 200


@pytest.mark.parametrize("path", ["//evil.example/x", "/%2F%2Fevil.example", "/\\evil.example"])
def test_a_path_that_looks_like_another_site_stays_ours(client: TestClient, path: str) -> None:
    location = client.get(f"{ISSUER}{path}?lang=en").headers["location"]

    assert location.startswith(f"{ISSUER}/")


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("", "?lang=en"),
        ("/interactions/i1", "/interactions/i1?lang=en"),
        ("/x?a=1&lang=vi", "/x?a=1&lang=en"),
        ("/x?a=%26b%3D1", "/x?a=%26b%3D1&lang=en"),
    ],
)
def test_writes_the_address_of_the_switch(path: str, url: str) -> None:
    assert switch_url(path, Locale.EN) == url
