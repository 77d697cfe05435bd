"""What is Django's alone: users of a site's own, and that they leave with the citizen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model

from relying_party_sdk import ConfigurationError, RelyingParty
from relying_party_sdk.testing import FakeProvider
from tests.relying_party_sdk.django_set_up import set_up_django
from tests.relying_party_sdk.sites import DjangoSite


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
