"""Services of one host, or one service at two providers, with the same secrets: what one sealed or marked is nothing to
the other."""

from __future__ import annotations

import itertools

import pytest

from relying_party_sdk import Identity, InMemorySessionStore, RelyingParty
from relying_party_sdk.browser_exchange import BrowserRequest
from relying_party_sdk.login_flow import LoginFlow
from relying_party_sdk.logout_state import LogoutState, logout_cookie
from relying_party_sdk.logout_token import LogoutNotice
from relying_party_sdk.session import end_noticed
from relying_party_sdk.session_store import ServiceStore
from tests.relying_party_sdk.conftest import HandClock
from tests.relying_party_sdk.sites import SECRET

REAL, SANDBOX = "https://dinhdanh.example", "https://thu.dinhdanh.example"
NEIGHBOURS = [
    pytest.param((REAL, "cong-thue"), (SANDBOX, "cong-thue"), id="another provider"),
    pytest.param((REAL, "cong-thue"), (REAL, "cong-y-te"), id="another client"),
]
Service = tuple[str, str]


class Neighbours:
    """Two services with everything the same but their names."""

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock
        self._store = InMemorySessionStore()

    def flow(self, service: Service) -> LoginFlow:
        party = RelyingParty(
            *service,
            "https://thue.example/dang-nhap/ket-thuc",
            client_secret=SECRET,
            clock=self._clock,
            store=self._store,
        )
        return LoginFlow(party, session_secret=SECRET)


@pytest.fixture
def neighbours(clock: HandClock) -> Neighbours:
    return Neighbours(clock)


def logged_in(flow: LoginFlow) -> tuple[str, str]:
    cookie = flow.cookies.sealed(flow.cookies.begin(Identity.sample()))
    return cookie.name, cookie.value


@pytest.mark.parametrize(("own", "other"), NEIGHBOURS)
def test_a_session_opens_at_the_service_and_provider_it_was_begun_with(
    neighbours: Neighbours, own: Service, other: Service
) -> None:
    here, there = neighbours.flow(own), neighbours.flow(other)
    (name, value), (name_there, _) = logged_in(here), logged_in(there)

    assert here.session({name: value}) is not None
    assert there.session({name: value}) is None
    assert there.session({name_there: value}) is None
    assert name != name_there


@pytest.mark.parametrize(("own", "other"), NEIGHBOURS)
def test_a_logout_at_one_provider_ends_nothing_at_another(
    neighbours: Neighbours, own: Service, other: Service, clock: HandClock
) -> None:
    here, there = neighbours.flow(own), neighbours.flow(other)
    (name, value), (name_there, value_there) = logged_in(here), logged_in(there)
    person = Identity.sample()

    for session_id in (None, person.session_id):
        end_noticed(
            LogoutNotice(person.subject, session_id, "lan-nay", clock.now, clock.now + 60),
            here.party.store,
            now=clock.now,
        )

    assert here.session({name: value}) is None
    assert there.session({name_there: value_there}) is not None


@pytest.mark.parametrize(("own", "other"), NEIGHBOURS)
def test_what_one_used_up_the_other_may_still_use(own: Service, other: Service) -> None:
    shared = InMemorySessionStore()
    stores = [ServiceStore(shared, issuer=issuer, client_id=client_id) for issuer, client_id in (own, other)]

    assert [store.use_once("jti:1", now=1, until=9) for store in stores] == [True, True]
    assert [store.use_once("jti:1", now=1, until=9) for store in stores] == [False, False]


def test_a_logout_in_flight_is_followed_at_its_own_service(neighbours: Neighbours, clock: HandClock) -> None:
    flows = [neighbours.flow(service) for service in ((REAL, "cong-thue"), (SANDBOX, "cong-thue"), (REAL, "cong-y-te"))]
    for here, there in itertools.permutations(flows, 2):
        cookie = logout_cookie(LogoutState("s", "/tam-biet", clock.now), here.logouts._seal, secure=True)
        request = BrowserRequest("GET", "state=s", {cookie.name: cookie.value})

        assert here.logouts.logged_out(request).headers.get("Location") == "/tam-biet"
        assert there.logouts.logged_out(request).status == 200
