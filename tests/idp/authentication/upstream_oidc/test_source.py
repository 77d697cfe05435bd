"""The upstream leg: what it sends, what it believes, and what it takes from whom."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import ECKey

from idp.authentication.contract import Authenticated, Redirect, SourceLied, SourceUnavailable
from idp.authentication.upstream_oidc.source import UpstreamOidcSource
from idp.authentication.upstream_states import State, take_state
from idp.protocol.levels import LevelOfAssurance
from idp.storage.database import Database
from idp.web.guarded_http import GuardedHttp
from tests.support.sources import NOW, Clock, settings, visit
from tests.support.upstream import CLIENT_SECRET, Upstream
from tests.support.upstream_source import build, log_in


async def test_sends_the_browser_with_state_nonce_and_pkce(source: UpstreamOidcSource, upstream: Upstream) -> None:
    first = await source.begin(visit(locale="en", minimum_level=LevelOfAssurance.SUBSTANTIAL))
    second = await source.begin(visit())

    assert isinstance(first, Redirect)
    assert isinstance(second, Redirect)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(first.url).query).items()}
    assert first.url.startswith(f"{upstream.issuer}/authorize?")
    assert asked["redirect_uri"] == "http://127.0.0.1:8000/sources/source-1/callback"
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["acr_values"] == "eidas2"
    assert asked["ui_locales"] == "en"
    assert asked["prompt"] == "login"
    assert len({*first.state.values(), *second.state.values()} - {NOW}) == 6
    assert first.state["code_verifier"] not in first.url


async def test_a_state_leads_back_to_its_interaction_once_and_at_its_source_only(
    source: UpstreamOidcSource, sqlite_database: Database
) -> None:
    began = await source.begin(visit())
    assert isinstance(began, Redirect)
    await sqlite_database.commit(*began.writes)
    state = began.state["state"]

    assert await take_state(sqlite_database, state, source_id="other", now=NOW) is None
    assert await take_state(sqlite_database, state, source_id="source-1", now=NOW) == State(
        "interaction-1", was_used=False
    )
    assert await take_state(sqlite_database, state, source_id="source-1", now=NOW) == State(
        "interaction-1", was_used=True
    )
    assert await take_state(sqlite_database, state, source_id="source-1", now=NOW + 1800) is None


async def test_believes_an_honest_provider(source: UpstreamOidcSource, upstream: Upstream) -> None:
    outcome = await log_in(source, upstream)

    assert isinstance(outcome, Authenticated)
    result = outcome.result
    assert (result.source_id, result.source_subject) == ("source-1", "subject-1")
    assert result.identity.name == "Nguyễn Thị Hoa"
    assert result.identity.birthdate == "1984-05-06"
    assert result.identity.personal_id == "099184000011"
    assert (result.level, result.amr) == (LevelOfAssurance.SUBSTANTIAL, ("pwd",))
    assert result.authenticated_at == NOW
    assert "Hoa" not in repr(outcome)


async def test_reserved_claims_of_userinfo_never_pass_through(source: UpstreamOidcSource, upstream: Upstream) -> None:
    upstream.bend_userinfo = lambda claims: {**claims, "acr": "eidas3", "amr": ["face"], "auth_time": 1, "iss": "x"}

    outcome = await log_in(source, upstream)

    assert outcome.result.level is LevelOfAssurance.SUBSTANTIAL
    assert outcome.result.amr == ("pwd",)
    assert outcome.result.authenticated_at == NOW


@pytest.mark.parametrize(
    ("acr", "level"),
    [
        ("eidas1", LevelOfAssurance.LOW),
        ("eidas2", LevelOfAssurance.SUBSTANTIAL),
        ("eidas3", LevelOfAssurance.SUBSTANTIAL),
        ("nd69-01", LevelOfAssurance.LOW),
        ("urn:unknown", LevelOfAssurance.LOW),
        ("EIDAS2", LevelOfAssurance.LOW),
    ],
)
async def test_a_source_cannot_lift_itself_above_its_configuration(
    source: UpstreamOidcSource, upstream: Upstream, acr: str, level: LevelOfAssurance
) -> None:
    upstream.bend_id_token = lambda claims: {**claims, "acr": acr}

    assert (await log_in(source, upstream)).result.level is level


async def test_a_source_that_names_no_level_has_the_configured_one(
    source: UpstreamOidcSource, upstream: Upstream
) -> None:
    upstream.bend_id_token = lambda claims: {n: v for n, v in claims.items() if n != "acr"}

    assert (await log_in(source, upstream)).result.level is LevelOfAssurance.SUBSTANTIAL


@pytest.mark.parametrize("seconds_ago", [61, 3600, 86_400, NOW])
async def test_a_session_the_source_kept_is_no_fresh_login(
    source: UpstreamOidcSource, upstream: Upstream, seconds_ago: int
) -> None:
    upstream.bend_id_token = lambda claims: {**claims, "auth_time": NOW - seconds_ago}

    with pytest.raises(SourceLied, match="not_fresh"):
        await log_in(source, upstream)


@pytest.mark.parametrize(("auth_time", "believed"), [(NOW - 60, NOW - 60), (NOW + 5, NOW + 5), (NOW + 9, NOW + 5)])
async def test_a_clock_that_is_a_little_off_is_no_lie(
    source: UpstreamOidcSource, upstream: Upstream, auth_time: int, believed: int
) -> None:
    upstream.bend_id_token = lambda claims: {**claims, "auth_time": auth_time}
    began = await source.begin(visit())
    assert isinstance(began, Redirect)

    outcome = await source.complete(visit(state=began.state, now=NOW + 5), upstream.authorize(began.url))

    assert isinstance(outcome, Authenticated)
    assert outcome.result.authenticated_at == believed


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize("verified", [True, False, None])
async def test_takes_a_personal_id_only_verified_and_from_a_source_configured_as_trusted(
    upstream: Upstream,
    http: GuardedHttp,
    clock: Clock,
    sqlite_database: Database,
    trusted: bool,
    verified: bool | None,
) -> None:
    source = build(upstream.issuer, http, clock, sqlite_database, trusts_personal_id=trusted)
    upstream.bend_userinfo = lambda claims: {**claims, "vn_personal_id_verified": verified}

    outcome = await log_in(source, upstream)

    assert (outcome.result.identity.personal_id is not None) is (trusted and verified is True)


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        pytest.param("\u202eNguyễn Thị\u202c Hòa\u200f", "Nguyễn Thị Hòa", id="marks that turn the text around"),
        pytest.param("Nguye\u0302\u0303n  Thi\u0323 Ho\u0300a", "Nguyễn Thị Hòa", id="combining marks"),
        pytest.param("H' Hen Niê", "H' Hen Niê", id="an apostrophe"),
        pytest.param("Hoa", "Hoa", id="one word"),
        pytest.param("N" * 200, "N" * 200, id="200 letters"),
    ],
)
async def test_takes_a_name_of_any_shape_in_one_spelling_that_reads_one_way(
    upstream: Upstream, http: GuardedHttp, clock: Clock, sqlite_database: Database, told: str, taken: str
) -> None:
    source = build(upstream.issuer, http, clock, sqlite_database)
    upstream.bend_userinfo = lambda claims: {**claims, "name": told}

    assert (await log_in(source, upstream)).result.identity.name == taken


@pytest.mark.parametrize(
    ("told", "trusted", "taken"),
    [
        pytest.param("9900000016", True, "9900000016", id="configured"),
        pytest.param("9900000016", False, None, id="not configured"),
        pytest.param("099184000011", True, None, id="a personal ID in its place"),
        pytest.param(None, True, None, id="none"),
    ],
)
async def test_takes_a_tax_code_only_from_a_source_configured_for_it(
    upstream: Upstream,
    http: GuardedHttp,
    clock: Clock,
    sqlite_database: Database,
    told: str | None,
    trusted: bool,
    taken: str | None,
) -> None:
    source = build(upstream.issuer, http, clock, sqlite_database, trusts_tax_code=trusted)
    upstream.bend_userinfo = lambda claims: {**claims, "vn_tax_code": told}

    assert (await log_in(source, upstream)).result.identity.tax_code == taken


async def test_takes_the_subject_from_the_configured_claim_of_the_id_token_alone(
    upstream: Upstream, http: GuardedHttp, clock: Clock, sqlite_database: Database
) -> None:
    source = build(upstream.issuer, http, clock, sqlite_database, subject_claim="stable_id")
    upstream.bend_userinfo = lambda claims: {**claims, "stable_id": "from-userinfo"}
    with pytest.raises(SourceLied, match="subject_wrong"):
        await log_in(source, upstream)

    upstream.bend_id_token = lambda claims: {**claims, "stable_id": "from-id-token"}
    assert (await log_in(source, upstream)).result.source_subject == "from-id-token"


async def test_an_authentication_time_left_out_is_not_later_than_the_truth(
    source: UpstreamOidcSource, upstream: Upstream
) -> None:
    upstream.bend_id_token = lambda claims: {n: v for n, v in claims.items() if n != "auth_time"}
    began = await source.begin(visit())
    assert isinstance(began, Redirect)

    outcome = await source.complete(visit(state=began.state, now=NOW + 50), upstream.authorize(began.url))

    assert isinstance(outcome, Authenticated)
    assert outcome.result.authenticated_at == NOW


async def test_fetches_a_new_key_once_and_not_again_within_a_minute(
    source: UpstreamOidcSource, upstream: Upstream, clock: Clock
) -> None:
    await log_in(source, upstream)
    clock.now += 61
    upstream.key = ECKey.generate_key("P-256", {"kid": "two", "use": "sig"})
    assert isinstance(await log_in(source, upstream), Authenticated)
    assert upstream.requests.count("/jwks") == 2

    upstream.bend_header = lambda found: {**found, "kid": "three"}
    for _ in range(3):
        with pytest.raises(SourceLied):
            await log_in(source, upstream)
    assert upstream.requests.count("/jwks") == 2
    assert upstream.requests.count("/.well-known/openid-configuration") == 1


async def test_a_source_that_is_not_reached_is_unavailable_and_then_known_to_fail(
    http: GuardedHttp, clock: Clock, sqlite_database: Database
) -> None:
    source = build("http://127.0.0.1:1", http, clock, sqlite_database)
    for _ in range(3):
        clock.now += 1
        with pytest.raises(SourceUnavailable):
            await source.begin(visit())
    assert source.is_failing()


async def test_says_how_it_is(source: UpstreamOidcSource, upstream: Upstream) -> None:
    assert "1 usable signing key" in await source.check()
    assert upstream.issuer in source.leads_to()


async def test_configuration_and_credentials_stay_out_of_repr(source: UpstreamOidcSource) -> None:
    assert CLIENT_SECRET not in repr(source.configuration)
    assert CLIENT_SECRET not in repr(source._client)
    assert replace(source.configuration, disabled=True).disabled
    assert settings().is_sandbox
