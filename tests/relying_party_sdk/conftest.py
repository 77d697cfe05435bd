"""A fake provider with a clock the test moves, and a service in each framework."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from relying_party_sdk import RelyingParty
from relying_party_sdk.testing import FakeProvider
from tests.relying_party_sdk.sites import DjangoSite, FlaskSite, Site, StarletteSite


@dataclass
class HandClock:
    """A clock that stands still until it is moved."""

    now: int = 1_800_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def provider(clock: HandClock) -> Iterator[FakeProvider]:
    with FakeProvider(clock=clock) as provider:
        yield provider


@pytest.fixture
def party(provider: FakeProvider) -> RelyingParty:
    return provider.relying_party(post_logout_redirect_uri="http://localhost/dang-nhap/da-thoat")


@pytest.fixture(params=[StarletteSite, FlaskSite, DjangoSite], ids=["starlette", "flask", "django"])
def site(request: pytest.FixtureRequest, party: RelyingParty) -> Site:
    built: Site = request.param(party)
    return built
