"""What every answer carries."""

import pytest
from starlette.responses import JSONResponse, Response
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from idp.web.headers import SecurityHeaders, csp_source, page_response


def client_of(app: ASGIApp, *, https: bool = True) -> TestClient:
    return TestClient(SecurityHeaders(app, https=https))


def test_a_protocol_answer_gets_the_whole_set() -> None:
    headers = client_of(JSONResponse({})).get("/").headers

    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["strict-transport-security"].startswith("max-age=63072000")
    assert "camera=()" in headers["permissions-policy"]


def test_plain_loopback_promises_no_transport_security() -> None:
    assert "strict-transport-security" not in client_of(JSONResponse({}), https=False).get("/").headers


def test_what_an_answer_says_itself_stands_alone() -> None:
    answer = client_of(Response("{}", headers={"Cache-Control": "public, max-age=300"})).get("/")

    assert answer.headers.get_list("cache-control") == ["public, max-age=300"]


def test_a_page_may_load_from_us_alone_and_hold_no_inline_code() -> None:
    policy = client_of(page_response("<p>")).get("/").headers["content-security-policy"]

    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert directives == {
        "default-src": "'none'",
        "style-src": "'self'",
        "script-src": "'self'",
        "img-src": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "form-action": "'self'",
    }


def test_a_form_may_lead_on_to_the_origins_named_and_no_further() -> None:
    response = page_response(
        "<p>",
        form_action=["https://b.example/callback?x=1", "https://a.example:8443/cb", "https://b.example/other"],
    )

    assert response.headers["content-security-policy"].endswith(
        "form-action 'self' https://a.example:8443 https://b.example"
    )


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        ("https://dichvu.example.vn/callback", "https://dichvu.example.vn"),
        ("http://127.0.0.1:8090/callback", "http://127.0.0.1:8090"),
        ("http://[::1]:49152/cb", "http:"),
        ("vn.example.app:/callback", "vn.example.app:"),
    ],
)
def test_narrows_an_address_to_its_source(uri: str, source: str) -> None:
    assert csp_source(uri) == source


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "/relative",
        "",
        "https:///nohost",
        "https://a.example;script-src *",
        "https://a.example 'unsafe-inline'",
        "https://a.example,b",
        "https://*/",
        "https://ví-dụ.vn/",
    ],
)
def test_refuses_an_address_that_could_widen_the_policy(uri: str) -> None:
    with pytest.raises(ValueError, match="form"):
        csp_source(uri)
