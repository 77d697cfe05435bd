"""Form tokens and the same-origin rule."""

import pytest

from idp.web.csrf import CrossSiteRefused, CsrfRefused, check_csrf, check_same_origin, csrf_token, issuer_origin

KEY = b"k" * 32
ISSUER = "https://dinhdanh.example.vn"
TOKEN = csrf_token(KEY, browser_id="browser-1", purpose="consent:i1")


def test_accepts_the_token_given_to_this_browser_for_this_purpose() -> None:
    check_csrf(KEY, browser_id="browser-1", purpose="consent:i1", token=TOKEN)


@pytest.mark.parametrize(
    ("key", "browser_id", "purpose", "token"),
    [
        pytest.param(KEY, "browser-2", "consent:i1", TOKEN, id="another browser"),
        pytest.param(KEY, "browser-1", "consent:i2", TOKEN, id="another interaction"),
        pytest.param(KEY, "browser-1", "logout", TOKEN, id="another form"),
        pytest.param(b"x" * 32, "browser-1", "consent:i1", TOKEN, id="another key"),
        pytest.param(KEY, "browser-1", "consent:i1", TOKEN[:-1], id="cut"),
        pytest.param(KEY, "browser-1", "consent:i1", TOKEN + "=", id="padded"),
        pytest.param(KEY, "browser-1", "consent:i1", TOKEN.swapcase(), id="re-cased"),
        pytest.param(KEY, "browser-1", "consent:i1", "ạ" * 43, id="not ASCII"),
        pytest.param(KEY, "browser-1", "consent:i1", "", id="empty"),
        pytest.param(KEY, "browser-1", "consent:i1", None, id="absent"),
        pytest.param(KEY, None, "consent:i1", TOKEN, id="a browser without our cookie"),
        pytest.param(KEY, "browser-", "1consent:i1", TOKEN, id="the seam between browser and purpose moved"),
    ],
)
def test_refuses_any_other_token(key: bytes, browser_id: str | None, purpose: str, token: str | None) -> None:
    with pytest.raises(CsrfRefused) as refusal:
        check_csrf(key, browser_id=browser_id, purpose=purpose, token=token)

    assert refusal.value.status == 403


@pytest.mark.parametrize(("browser_id", "purpose"), [("", "consent"), ("browser-1", "")])
def test_makes_no_token_that_is_bound_to_nothing(browser_id: str, purpose: str) -> None:
    with pytest.raises(ValueError, match="needs a browser and a purpose"):
        csrf_token(KEY, browser_id=browser_id, purpose=purpose)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="a browser that says nothing"),
        pytest.param({"sec-fetch-site": "same-origin", "origin": "null"}, id="our own form under no-referrer"),
        pytest.param({"sec-fetch-site": "same-origin", "origin": ISSUER}, id="our own form"),
        pytest.param({"sec-fetch-site": "none"}, id="a reload"),
        pytest.param({"origin": ISSUER}, id="an old browser"),
        pytest.param({"origin": "null"}, id="an old browser under no-referrer"),
    ],
)
def test_lets_our_own_pages_through(headers: dict[str, str]) -> None:
    check_same_origin(headers, ISSUER)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"sec-fetch-site": "cross-site"}, id="another site"),
        pytest.param({"sec-fetch-site": "same-site"}, id="a sister domain"),
        pytest.param({"sec-fetch-site": "cross-site", "origin": "null"}, id="another site, origin hidden"),
        pytest.param({"sec-fetch-site": ""}, id="an empty word"),
        pytest.param({"sec-fetch-site": "same-origin", "origin": "https://evil.example"}, id="headers that disagree"),
        pytest.param({"origin": "https://evil.example"}, id="another origin"),
        pytest.param({"origin": "http://dinhdanh.example.vn"}, id="another scheme"),
        pytest.param({"origin": ISSUER + ":8443"}, id="another port"),
        pytest.param({"origin": ISSUER + ".evil.example"}, id="our name as a prefix"),
        pytest.param({"origin": ""}, id="an empty origin"),
    ],
)
def test_refuses_every_other_page(headers: dict[str, str]) -> None:
    with pytest.raises(CrossSiteRefused):
        check_same_origin(headers, ISSUER)


@pytest.mark.parametrize(
    ("issuer", "origin"),
    [
        ("https://dinhdanh.example.vn", "https://dinhdanh.example.vn"),
        ("https://dinhdanh.example.vn:443", "https://dinhdanh.example.vn"),
        ("HTTPS://DinhDanh.example.vn", "https://dinhdanh.example.vn"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_writes_an_origin_as_browsers_do(issuer: str, origin: str) -> None:
    assert issuer_origin(issuer) == origin
