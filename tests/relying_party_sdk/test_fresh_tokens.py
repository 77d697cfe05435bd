"""A page that calls a data provider: its session gets fresh tokens, once, and the cookie keeps them."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import django.test
import pytest
from flask import Flask, request
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from relying_party_sdk import IdTokenInvalid, NotLoggedIn, ProviderUnavailable, RelyingParty, TokenRefused
from relying_party_sdk import flask as flask_sdk
from relying_party_sdk import starlette as starlette_sdk
from relying_party_sdk.errors import TokenInvalid
from relying_party_sdk.http_exchange import WHOLE_ANSWER_SECONDS
from relying_party_sdk.id_token import IdTokenClaims
from relying_party_sdk.identity import Identity
from relying_party_sdk.provider_client import LONGEST_LIFETIME
from relying_party_sdk.session import RENEW_SECONDS, begin_session
from relying_party_sdk.session_cookies import (
    REFRESH_AHEAD_SECONDS,
    REFRESH_EXCHANGES,
    REFRESH_SECONDS,
    SessionCookies,
)
from relying_party_sdk.testing import FakeProvider, Fault
from relying_party_sdk.token_grants import check_same_login
from tests.relying_party_sdk.conftest import HandClock
from tests.relying_party_sdk.django_set_up import set_up_django
from tests.relying_party_sdk.sites import SECRET

LIFETIME = 300


def callback(provider: FakeProvider, url: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(provider.authorize(url)).query)


def logged_in(party: RelyingParty, provider: FakeProvider) -> Identity:
    login = party.begin_login()
    return party.finish_login(callback(provider, login.url), login.sealed_state)


def token_requests(provider: FakeProvider) -> int:
    return provider.endpoints.requests.count("/token")


def starlette_app(party: RelyingParty) -> Starlette:
    @starlette_sdk.login_required()
    async def tokens(request: Request) -> Response:
        identity = await starlette_sdk.fresh_identity(request, renew="renew" in request.query_params)
        return PlainTextResponse(identity.tokens.access_token if identity.tokens else "")

    login = starlette_sdk.LoginRoutes(party, session_secret=SECRET, keep_tokens=True)
    return Starlette(routes=[Mount("/dang-nhap", login), Route("/the", tokens)])


def flask_app(party: RelyingParty) -> Flask:
    app = Flask("dich_vu")
    app.secret_key = SECRET
    flask_sdk.Login(app, party, keep_tokens=True)

    @app.get("/the")
    @flask_sdk.login_required()
    def tokens() -> str:
        identity = flask_sdk.fresh_identity(renew="renew" in request.args)
        return identity.tokens.access_token if identity.tokens else ""

    return app


def ask_starlette(party: RelyingParty, provider: FakeProvider) -> Callable[[str], str]:
    client = TestClient(starlette_app(party), base_url="http://localhost", follow_redirects=False)
    provider.sign_in(client)
    return lambda path: client.get(path).text


def ask_flask(party: RelyingParty, provider: FakeProvider) -> Callable[[str], str]:
    client = flask_app(party).test_client()
    provider.sign_in(client)
    return lambda path: client.get(path).text


def ask_django(party: RelyingParty, provider: FakeProvider) -> Callable[[str], str]:
    set_up_django(party, keep_tokens=True)
    client = django.test.Client(SERVER_NAME="localhost")
    provider.sign_in(client)
    return lambda path: client.get(path).content.decode()


@pytest.mark.parametrize("asking", [ask_starlette, ask_flask, ask_django], ids=["starlette", "flask", "django"])
def test_a_page_gets_a_token_that_is_still_good(
    party: RelyingParty,
    provider: FakeProvider,
    clock: HandClock,
    asking: Callable[[RelyingParty, FakeProvider], Callable[[str], str]],
) -> None:
    ask = asking(party, provider)
    first = ask("/the")
    assert ask("/the") == first

    clock.now += LIFETIME - REFRESH_AHEAD_SECONDS
    second = ask("/the")

    assert second != first
    assert ask("/the") == second
    clock.now += REFRESH_SECONDS
    assert ask("/the?renew") not in (first, second)


@pytest.fixture
def cookies(party: RelyingParty) -> SessionCookies:
    return SessionCookies(party, session_secret=SECRET, keep_tokens=True)


def test_a_refresh_token_is_not_shown_twice_by_two_requests_at_once(
    party: RelyingParty, provider: FakeProvider, clock: HandClock, cookies: SessionCookies
) -> None:
    """A provider that rotates takes the second showing for a theft, and ends everything."""
    session = begin_session(logged_in(party, provider), now=clock.now, keep_tokens=True)
    before = token_requests(provider)

    first, second = cookies.with_fresh_tokens(session, renew=True), cookies.with_fresh_tokens(session, renew=True)

    assert first.identity.tokens != session.identity.tokens
    assert second is session
    assert token_requests(provider) == before + 1


def test_a_refresh_that_did_not_arrive_may_be_tried_again(
    party: RelyingParty, provider: FakeProvider, clock: HandClock, cookies: SessionCookies
) -> None:
    session = begin_session(logged_in(party, provider), now=clock.now, keep_tokens=True)
    provider.fail_with(Fault.SERVER_ERROR)
    with pytest.raises(ProviderUnavailable):
        cookies.with_fresh_tokens(session, renew=True)
    provider.fail_with(None)
    clock.now += REFRESH_SECONDS

    assert cookies.with_fresh_tokens(session, renew=True).identity.tokens != session.identity.tokens


def test_a_page_beside_it_does_not_bring_spent_tokens_back(
    party: RelyingParty, provider: FakeProvider, clock: HandClock, cookies: SessionCookies
) -> None:
    session = begin_session(logged_in(party, provider), now=clock.now, keep_tokens=True)
    clock.now += RENEW_SECONDS
    assert cookies.renewal(session) is not None

    fresh = cookies.with_fresh_tokens(session, renew=True)
    clock.now += RENEW_SECONDS

    assert cookies.renewal(session) is None
    assert cookies.renewal(fresh) is not None


def test_a_spent_refresh_token_is_never_shown_again(
    party: RelyingParty, provider: FakeProvider, clock: HandClock, cookies: SessionCookies
) -> None:
    """The answer with the new cookie got lost: to show the old token would look like a theft."""
    session = begin_session(logged_in(party, provider), now=clock.now, keep_tokens=True)
    cookies.with_fresh_tokens(session, renew=True)
    clock.now += REFRESH_SECONDS
    before = token_requests(provider)

    with pytest.raises(TokenRefused):
        cookies.with_fresh_tokens(session, renew=True)

    assert token_requests(provider) == before


def test_a_refresh_is_left_alone_for_as_long_as_it_may_take(
    party: RelyingParty, provider: FakeProvider, clock: HandClock, cookies: SessionCookies
) -> None:
    """It is still under way, wherever it waits: nothing says yet that the refresh token is spent."""
    session = begin_session(logged_in(party, provider), now=clock.now, keep_tokens=True)
    assert session.identity.tokens is not None
    mark = f"refresh:{session.identity.tokens.refresh_token}"
    assert party.store.use_once(mark, now=clock.now, until=clock.now + REFRESH_SECONDS)
    before = token_requests(provider)

    clock.now += int(REFRESH_EXCHANGES * WHOLE_ANSWER_SECONDS)

    assert cookies.with_fresh_tokens(session, renew=True) is session
    assert token_requests(provider) == before


def test_a_refresh_asks_no_oftener_than_the_bound_counts(
    party: RelyingParty, provider: FakeProvider, clock: HandClock, cookies: SessionCookies
) -> None:
    session = begin_session(logged_in(party, provider), now=clock.now, keep_tokens=True)
    clock.now += LONGEST_LIFETIME
    provider.rotate_key()
    before = len(provider.endpoints.requests)

    cookies.with_fresh_tokens(session, renew=True)

    asked = provider.endpoints.requests[before:]
    assert len(asked) <= REFRESH_EXCHANGES
    assert asked.index("/jwks.json") < asked.index("/token")


def test_tokens_are_kept_where_the_claims_could_not_be_asked_for(
    party: RelyingParty, provider: FakeProvider, clock: HandClock, cookies: SessionCookies
) -> None:
    session = begin_session(logged_in(party, provider), now=clock.now, keep_tokens=True)
    provider.fail_with(Fault.USERINFO_DOWN)

    fresh = cookies.with_fresh_tokens(session, renew=True)

    assert fresh.identity.tokens != session.identity.tokens
    assert fresh.identity.claims == session.identity.claims


@pytest.mark.parametrize("fault", [Fault.WRONG_SUBJECT, Fault.BAD_SIGNATURE, Fault.WRONG_NONCE])
def test_a_refresh_token_that_brought_what_cannot_be_believed_is_not_shown_again(
    party: RelyingParty, provider: FakeProvider, clock: HandClock, cookies: SessionCookies, fault: Fault
) -> None:
    session = begin_session(logged_in(party, provider), now=clock.now, keep_tokens=True)
    provider.fail_with(fault)
    with pytest.raises(TokenInvalid):
        cookies.with_fresh_tokens(session, renew=True)
    provider.fail_with(None)
    clock.now += REFRESH_SECONDS
    before = token_requests(provider)

    with pytest.raises(TokenRefused):
        cookies.with_fresh_tokens(session, renew=True)

    assert token_requests(provider) == before


def test_a_session_without_tokens_is_left_alone(
    party: RelyingParty, provider: FakeProvider, clock: HandClock, cookies: SessionCookies
) -> None:
    session = begin_session(logged_in(party, provider), now=clock.now, keep_tokens=False)

    assert cookies.with_fresh_tokens(session, renew=True) is session


def test_nobody_logged_in_gets_no_token(party: RelyingParty) -> None:
    async def open_page(request: Request) -> Response:
        try:
            await starlette_sdk.fresh_identity(request)
        except NotLoggedIn as error:
            return PlainTextResponse(error.code)
        return PlainTextResponse("")

    login = starlette_sdk.LoginRoutes(party, session_secret=SECRET)
    app = Starlette(routes=[Mount("/dang-nhap", login), Route("/", open_page)])

    assert TestClient(app, base_url="http://localhost").get("/").text == "not_logged_in"


def refreshed(identity: Identity, **changes: object) -> IdTokenClaims:
    claims: dict[str, object] = {"sub": identity.subject} | changes
    authenticated_at = changes.get("auth_time", identity.authenticated_at)
    return IdTokenClaims(
        issuer="https://dinhdanh.example",
        subject=str(claims["sub"]),
        issued_at=0,
        expires_at=0,
        authenticated_at=authenticated_at if isinstance(authenticated_at, int) else None,
        acr=None,
        amr=(),
        session_id=None,
        claims=claims,
    )


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        pytest.param({"sub": "nguoi-khac"}, "subject_differs", id="another person"),
        pytest.param({"nonce": "cua-lan-khac"}, "nonce_wrong", id="the nonce of another login"),
        pytest.param({"auth_time": 1}, "authentication_time_differs", id="another authentication"),
    ],
)
def test_a_refreshed_id_token_speaks_of_the_same_login(
    party: RelyingParty, provider: FakeProvider, changes: dict[str, object], rule: str
) -> None:
    """OpenID Connect Core §12.2."""
    identity = logged_in(party, provider)

    with pytest.raises(IdTokenInvalid) as refused:
        check_same_login(refreshed(identity, **changes), identity)

    assert refused.value.rule == rule


def test_a_refreshed_id_token_may_repeat_its_nonce_or_leave_it_out(party: RelyingParty, provider: FakeProvider) -> None:
    login = party.begin_login()
    nonce = party.open_login(login.sealed_state).nonce
    identity = party.finish_login(callback(provider, login.url), login.sealed_state)

    check_same_login(refreshed(identity), identity)
    check_same_login(refreshed(identity, nonce=nonce), identity)
