"""What is Django's alone: users of a site's own, and that they leave with the citizen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import run_checks
from django.test import override_settings

from relying_party_sdk import ConfigurationError, Identity, RelyingParty
from relying_party_sdk.session import RENEW_SECONDS
from relying_party_sdk.testing import FakeProvider
from tests.relying_party_sdk.conftest import HandClock
from tests.relying_party_sdk.django_set_up import set_up_django
from tests.relying_party_sdk.sites import SESSION_COOKIE, DjangoSite


@pytest.fixture
def site(party: RelyingParty, provider: FakeProvider) -> Iterator[DjangoSite]:
    built = DjangoSite(party)
    user = get_user_model()._default_manager.create(username=provider.identity.subject)
    yield built
    user.delete()


def test_a_known_citizen_becomes_the_sites_user(site: DjangoSite, provider: FakeProvider) -> None:
    provider.sign_in(site.client)

    assert site.get("/nguoi-dung").text == "cong-dan-mau"


def test_an_unknown_citizen_is_a_citizen_all_the_same(party: RelyingParty, provider: FakeProvider) -> None:
    site = DjangoSite(party)
    provider.sign_in(site.client)

    assert site.get("/nguoi-dung").text == "không có"
    assert site.get("/ho-so").status == 200


def test_the_user_leaves_with_a_logout_here(site: DjangoSite, provider: FakeProvider) -> None:
    provider.sign_in(site.client)

    site.post("/dang-nhap/thoat", {}, {"Origin": "http://localhost"})

    assert site.get("/nguoi-dung").text == "không có"


def test_the_user_leaves_with_a_logout_at_the_provider(site: DjangoSite, provider: FakeProvider) -> None:
    provider.sign_in(site.client)

    provider.sign_out_everywhere(site.client)

    assert site.get("/nguoi-dung").text == "không có"


def test_says_when_the_settings_are_missing(party: RelyingParty) -> None:
    site = DjangoSite(party)
    set_up_django(party)
    settings.MOTCUA = None

    with pytest.raises(ConfigurationError, match=r"settings\.MOTCUA is missing"):
        site.get("/dang-nhap/bat-dau")


ANOTHER = replace(Identity.sample(), subject="cong-dan-khac", session_id="phien-khac")


@pytest.fixture
def another_user() -> Iterator[None]:
    user = get_user_model()._default_manager.create(username=ANOTHER.subject)
    yield
    user.delete()


def sign_in_by_form(site: DjangoSite, provider: FakeProvider) -> None:
    """As a browser does: a form of the provider carries the login's cookie, and neither Lax one."""
    begun = site.get("/dang-nhap/bat-dau")
    login = begun.set_cookies[0].partition("=")[0]
    form = {name: values[0] for name, values in parse_qs(urlsplit(provider.authorize(begun.location)).query).items()}
    kept = {name: site.client.cookies.pop(name) for name in list(site.client.cookies) if name != login}
    finished = site.post("/dang-nhap/ket-thuc", form, {})
    assert finished.status == 303
    for name, cookie in kept.items():
        site.client.cookies.setdefault(name, cookie)


def sign_in_by_address(site: DjangoSite, provider: FakeProvider) -> None:
    provider.sign_in(site.client)


@pytest.fixture(params=[sign_in_by_address, sign_in_by_form], ids=["query", "form_post"])
def sign_in(
    request: pytest.FixtureRequest, provider: FakeProvider
) -> tuple[DjangoSite, Callable[[DjangoSite, FakeProvider], None]]:
    by_form = request.param is sign_in_by_form
    party = (
        provider.relying_party(redirect_uri="https://localhost/dang-nhap/ket-thuc", response_mode="form_post")
        if by_form
        else provider.relying_party()
    )
    return DjangoSite(party), request.param


SignIn = tuple[DjangoSite, Callable[[DjangoSite, FakeProvider], None]]


@pytest.mark.usefixtures("site")
def test_the_next_citizen_does_not_get_the_user_of_the_one_before(sign_in: SignIn, provider: FakeProvider) -> None:
    here, log_in = sign_in
    log_in(here, provider)
    assert here.get("/nguoi-dung").text == "cong-dan-mau"

    provider.log_in_as(ANOTHER)
    log_in(here, provider)

    assert here.get("/ho-so").status == 200
    assert here.get("/nguoi-dung").text == "không có"


@pytest.mark.usefixtures("site", "another_user")
def test_the_next_citizen_gets_a_user_of_their_own(sign_in: SignIn, provider: FakeProvider) -> None:
    here, log_in = sign_in
    log_in(here, provider)

    provider.log_in_as(ANOTHER)
    log_in(here, provider)

    assert here.get("/nguoi-dung").text == "cong-dan-khac"


@pytest.mark.usefixtures("site")
def test_a_users_session_beside_the_cookie_of_another_citizen_ends(party: RelyingParty, provider: FakeProvider) -> None:
    """However it comes about: a callback that brought no Django session, or a cookie put there by hand."""
    first, second = DjangoSite(party), DjangoSite(party)
    provider.sign_in(first.client)
    provider.log_in_as(ANOTHER)
    provider.sign_in(second.client)

    first.put_cookie(SESSION_COOKIE, second.client.cookies[SESSION_COOKIE].value)

    assert first.get("/nguoi-dung").text == "không có"


@pytest.mark.usefixtures("site")
def test_a_user_stays_while_the_session_is_renewed(
    party: RelyingParty, provider: FakeProvider, clock: HandClock
) -> None:
    here = DjangoSite(party)
    provider.sign_in(here.client)
    clock.now += RENEW_SECONDS

    assert here.get("/ho-so").set_cookies

    assert here.get("/nguoi-dung").text == "cong-dan-mau"


def test_a_user_who_logged_in_with_a_password_stays(party: RelyingParty, provider: FakeProvider) -> None:
    """That session is the site's own; a citizen's login neither began it nor ends it."""
    here = DjangoSite(party)
    clerk = get_user_model()._default_manager.create(username="can-bo")
    here.client.force_login(clerk, backend="django.contrib.auth.backends.ModelBackend")
    provider.log_in_as(ANOTHER)

    provider.sign_in(here.client)

    assert here.client.session["_auth_user_id"] == str(clerk.pk)
    clerk.delete()


def test_a_backend_of_citizens_without_the_middleware_is_an_error_of_the_settings(party: RelyingParty) -> None:
    DjangoSite(party)
    assert run_checks() == []

    with override_settings(MIDDLEWARE=[]):
        (error,) = run_checks(tags=["security"])
        assert error.id == "motcua_login.E001"
        with override_settings(AUTHENTICATION_BACKENDS=["django.contrib.auth.backends.ModelBackend"]):
            assert run_checks(tags=["security"]) == []
