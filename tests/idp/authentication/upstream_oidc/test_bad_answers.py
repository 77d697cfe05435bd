"""Bad answers of every endpoint of the provider, and none of them is believed."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from idp.authentication.contract import Declined, Redirect, SourceLied, SourceUnavailable
from idp.authentication.upstream_oidc.source import UpstreamOidcSource
from idp.storage.database import Database
from idp.web.guarded_http import GuardedHttp
from tests.support.sources import Clock, visit
from tests.support.upstream import Upstream
from tests.support.upstream_source import build, log_in


def answer(path: str, status: int, body: bytes, media_type: str = "application/json") -> Callable[[Upstream], None]:
    def bend(upstream: Upstream) -> None:
        upstream.answers[path] = (status, body, media_type)

    return bend


def userinfo(name: str, value: Any) -> Callable[[Upstream], None]:
    def bend(upstream: Upstream) -> None:
        upstream.bend_userinfo = lambda claims: {**claims, name: value}

    return bend


def token(name: str, value: Any) -> Callable[[Upstream], None]:
    def bend(upstream: Upstream) -> None:
        upstream.bend_token = lambda claims: {**claims, name: value}

    return bend


def metadata(name: str, value: Any) -> Callable[[Upstream], None]:
    def bend(upstream: Upstream) -> None:
        upstream.bend_metadata = lambda claims: {**claims, name: value}

    return bend


BAD_ANSWERS = [
    pytest.param(answer("/token", 500, b"{}"), id="token endpoint down"),
    pytest.param(answer("/token", 200, b"[]"), id="token answer is a list"),
    pytest.param(answer("/token", 200, b'{"id_token": "a", "id_token": "b"}'), id="token answer says it twice"),
    pytest.param(answer("/token", 200, b"x" * 70_000), id="token answer too large"),
    pytest.param(answer("/token", 302, b""), id="token endpoint redirects"),
    pytest.param(answer("/token", 401, b'{"error": "invalid_client"}'), id="our credentials refused"),
    pytest.param(token("id_token", None), id="no ID token"),
    pytest.param(token("token_type", "mac"), id="another token type"),
    pytest.param(token("access_token", ""), id="no access token"),
    pytest.param(token("access_token", "a" * 20_000), id="oversized access token"),
    pytest.param(userinfo("sub", "another"), id="userinfo of somebody else"),
    pytest.param(userinfo("sub", None), id="userinfo of nobody"),
    pytest.param(userinfo("name", 7), id="name is a number"),
    pytest.param(userinfo("name", "x" * 201), id="name too long"),
    pytest.param(userinfo("name", "Hoa\u0000"), id="name with a control character"),
    pytest.param(userinfo("birthdate", "06/05/1984"), id="birth date of another shape"),
    pytest.param(userinfo("birthdate", "1984-02-30"), id="a day that never was"),
    pytest.param(userinfo("birthdate", "2984-02-03"), id="born in the future"),
    pytest.param(userinfo("vn_personal_id", "12"), id="verified personal ID of another shape"),
    pytest.param(userinfo("vn_personal_id_verified", "true"), id="verified as text"),
    pytest.param(userinfo("vn_tax_code", "9900000015"), id="tax code with another check digit"),
    pytest.param(answer("/userinfo", 503, b"{}"), id="userinfo down"),
    pytest.param(answer("/userinfo", 200, b"{}", "text/html"), id="userinfo is a page"),
    pytest.param(metadata("issuer", "https://other.example"), id="metadata of another issuer"),
    pytest.param(metadata("token_endpoint", "http://169.254.169.254/"), id="token endpoint inside the house"),
    pytest.param(metadata("jwks_uri", None), id="no keys"),
    pytest.param(answer("/jwks", 200, b'{"keys": "none"}'), id="key set of another shape"),
    pytest.param(answer("/jwks", 404, b"{}"), id="key set missing"),
]


@pytest.mark.parametrize("bend", BAD_ANSWERS)
async def test_believes_no_bad_answer(
    source: UpstreamOidcSource, upstream: Upstream, bend: Callable[[Upstream], None]
) -> None:
    bend(upstream)

    with pytest.raises((SourceLied, SourceUnavailable)) as refused:
        await log_in(source, upstream)
    assert "Hoa" not in str(refused.value)


BAD_CALLBACKS: list[Any] = [
    pytest.param({"state": "another"}, id="another state"),
    pytest.param({"state": None}, id="no state"),
    pytest.param({"iss": "https://other.example"}, id="another issuer (RFC 9207)"),
    pytest.param({"iss": None}, id="no issuer although announced (RFC 9207)"),
    pytest.param({"code": "stolen"}, id="a code of another login"),
    pytest.param({"code": "x" * 4096}, id="oversized code"),
    pytest.param({"code": None}, id="no code"),
]


@pytest.mark.parametrize("changes", BAD_CALLBACKS)
async def test_refuses_a_bad_callback(
    source: UpstreamOidcSource, upstream: Upstream, changes: dict[str, str | None]
) -> None:
    with pytest.raises((SourceLied, SourceUnavailable)):
        await log_in(source, upstream, **changes)


async def test_refuses_an_answer_nobody_asked_for(source: UpstreamOidcSource, upstream: Upstream) -> None:
    with pytest.raises(SourceLied, match="answer_nobody_asked_for"):
        await source.complete(visit(), {"code": "x", "state": "y", "iss": upstream.issuer})


async def test_a_code_is_of_use_only_with_the_verifier_of_its_login(
    source: UpstreamOidcSource, upstream: Upstream
) -> None:
    attacker = await source.begin(visit())
    victim = await source.begin(visit())
    assert isinstance(attacker, Redirect)
    assert isinstance(victim, Redirect)
    injected = {**upstream.authorize(attacker.url), "state": victim.state["state"]}

    with pytest.raises(SourceLied, match="code_refused"):
        await source.complete(visit(state=victim.state), injected)


async def test_a_citizen_who_turns_back_is_given_the_choice_again(
    source: UpstreamOidcSource, upstream: Upstream
) -> None:
    assert isinstance(await log_in(source, upstream, code=None, error="access_denied"), Declined)


async def test_an_error_of_the_provider_is_an_outage_and_not_a_page_of_its_words(
    source: UpstreamOidcSource, upstream: Upstream
) -> None:
    with pytest.raises(SourceUnavailable) as refused:
        await log_in(source, upstream, code=None, error="server_error", error_description="<b>Hoa</b>")
    assert "Hoa" not in str(refused.value)


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/jwks", "/token", "/userinfo"])
async def test_a_provider_that_hangs_is_given_up(
    upstream: Upstream, clock: Clock, sqlite_database: Database, path: str
) -> None:
    upstream.hanging.add(path)
    http = GuardedHttp(clock=clock, allow_list=(urlsplit(upstream.issuer).netloc,), deadline=0.05)

    with pytest.raises(SourceUnavailable, match="too_slow"):
        await log_in(build(upstream.issuer, http, clock, sqlite_database), upstream)
    await http.aclose()
