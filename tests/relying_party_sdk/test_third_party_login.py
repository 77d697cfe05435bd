"""A login that a third party begins (OpenID Connect Core §4): the link never decides where the browser ends."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from relying_party_sdk import CallbackMalformed, LoginError, WrongIssuer
from relying_party_sdk.testing import FakeProvider, Fault
from relying_party_sdk.third_party_login import read_invitation
from tests.relying_party_sdk.sites import Page, Site

ISSUER = "https://dinhdanh.example"
ORIGIN = "https://thue.example"
INVITED = "/dang-nhap/duoc-moi"


def invited(site: Site, method: str, **given: str) -> Page:
    if method == "POST":
        return site.post(INVITED, given, {})
    return site.get(f"{INVITED}?{urlencode(given)}")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_invitation_begins_a_login_and_ends_at_the_page_it_names(
    site: Site, provider: FakeProvider, method: str
) -> None:
    sent = invited(site, method, iss=ISSUER, target_link_uri="http://localhost/ho-so?trang=2", login_hint="cong-dan")
    asked = parse_qs(urlsplit(sent.location).query)
    callback = urlsplit(provider.authorize(sent.location))

    finished = site.get(f"{callback.path}?{callback.query}")

    assert asked["login_hint"] == ["cong-dan"]
    assert finished.location == "/ho-so?trang=2"


def test_an_invitation_needs_nothing_but_the_issuer(site: Site, provider: FakeProvider) -> None:
    sent = invited(site, "GET", iss=ISSUER)
    callback = urlsplit(provider.authorize(sent.location))

    assert "login_hint" not in parse_qs(urlsplit(sent.location).query)
    assert site.get(f"{callback.path}?{callback.query}").location == "/"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_invitation_to_another_provider_goes_nowhere(site: Site, method: str) -> None:
    refused = invited(site, method, iss="https://ke-mao-danh.example")

    assert (refused.status, refused.location) == (400, "")
    assert "wrong_issuer" in refused.text
    assert not site.cookie_names()


def test_an_invitation_while_the_provider_is_down_says_so(site: Site, provider: FakeProvider) -> None:
    provider.fail_with(Fault.UNREACHABLE)

    assert invited(site, "GET", iss=ISSUER).status == 503


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param([], CallbackMalformed, id="no iss"),
        pytest.param([("iss", "")], CallbackMalformed, id="empty iss"),
        pytest.param([("iss", ISSUER + "/")], WrongIssuer, id="another slash"),
        pytest.param([("iss", ISSUER.upper())], WrongIssuer, id="another case"),
        pytest.param([("iss", ISSUER), ("iss", ISSUER)], CallbackMalformed, id="iss twice"),
        pytest.param([("iss", ISSUER), ("login_hint", "x" * 3000)], CallbackMalformed, id="a hint too long"),
    ],
)
def test_refuses_an_invitation(given: list[tuple[str, str]], expected: type[LoginError]) -> None:
    with pytest.raises(expected):
        read_invitation(given, issuer=ISSUER, origin=ORIGIN)


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (f"{ORIGIN}/ho-so", "/ho-so"),
        (f"{ORIGIN}/ho-so?trang=2", "/ho-so?trang=2"),
        (f"{ORIGIN}/", "/"),
        ("", "/"),
        (ORIGIN, "/"),
        ("/ho-so", "/"),
        ("https://la.example/", "/"),
        (f"{ORIGIN}.la.example/", "/"),
        (f"{ORIGIN}@la.example/", "/"),
        (f"{ORIGIN}//la.example/", "/"),
        (f"{ORIGIN}/\\la.example", "/"),
        (f"{ORIGIN}/\t/la.example", "/"),
        (f"{ORIGIN}:8443/ho-so", "/"),
        ("http://thue.example/ho-so", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_a_target_is_a_page_of_this_service_or_the_home_page(target: str, path: str) -> None:
    invitation = read_invitation([("iss", ISSUER), ("target_link_uri", target)], issuer=ISSUER, origin=ORIGIN)

    assert invitation.return_to == path


def test_hides_the_hint_in_repr() -> None:
    invitation = read_invitation([("iss", ISSUER), ("login_hint", "099000000001")], issuer=ISSUER, origin=ORIGIN)

    assert "099000000001" not in repr(invitation)
