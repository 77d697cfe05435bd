"""The upstream leg against a real, lying provider: what it may assert, and thirty things it may not."""

import base64
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey

from idp.authentication.contract import Authenticated, Declined, Redirect, SourceLied, SourceUnavailable
from idp.authentication.kinds import build_source
from idp.authentication.upstream_oidc.source import UpstreamOidcSource
from idp.authentication.upstream_states import State, take_state
from idp.protocol.levels import LevelOfAssurance
from idp.storage.database import Database
from idp.web.guarded_http import GuardedHttp
from tests.support.http_server import served
from tests.support.sources import NOW, Clock, configuration, settings, tools, visit
from tests.support.upstream import CLIENT_ID, CLIENT_SECRET, Upstream, unsigned

OTHER_KEY = ECKey.generate_key("P-256", {"kid": "one"})


@pytest.fixture(scope="module")
def running() -> Iterator[Upstream]:
    upstream = Upstream()
    with served(upstream) as url:
        upstream.issuer = url
        yield upstream


@pytest.fixture
def upstream(running: Upstream) -> Upstream:
    fresh = Upstream(issuer=running.issuer, key=running.key)
    running.__dict__.update(fresh.__dict__)
    return running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def http(upstream: Upstream, clock: Clock) -> AsyncIterator[GuardedHttp]:
    client = GuardedHttp(clock=clock, allow_list=(urlsplit(upstream.issuer).netloc, "127.0.0.1:1"))
    yield client
    await client.aclose()


@pytest.fixture
def source(upstream: Upstream, http: GuardedHttp, clock: Clock, sqlite_database: Database) -> UpstreamOidcSource:
    return build(upstream.issuer, http, clock, sqlite_database)


def build(issuer: str, http: GuardedHttp, clock: Clock, database: Database, **options: Any) -> UpstreamOidcSource:
    configured = configuration(
        "upstream_oidc",
        {"issuer": issuer, "client_id": CLIENT_ID, "trusts_personal_id": True, **options},
        {"client_secret": CLIENT_SECRET},
    )
    built = build_source(configured, tools(database, http, clock=clock))
    assert isinstance(built, UpstreamOidcSource)
    return built


async def log_in(source: UpstreamOidcSource, upstream: Upstream, **changes: str | None) -> Any:
    """Begins, lets the provider answer, and completes in the same browser; `changes` bend the callback."""
    began = await source.begin(visit())
    assert isinstance(began, Redirect)
    answer = {**upstream.authorize(began.url), **changes}
    parameters = {name: value for name, value in answer.items() if value is not None}
    return await source.complete(visit(state=began.state), parameters)


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


def claim(name: str, value: Any) -> Callable[[Upstream], None]:
    def bend(upstream: Upstream) -> None:
        upstream.bend_id_token = lambda claims: {**claims, name: value}

    return bend


def without(name: str) -> Callable[[Upstream], None]:
    def bend(upstream: Upstream) -> None:
        upstream.bend_id_token = lambda claims: {n: v for n, v in claims.items() if n != name}

    return bend


def header(name: str, value: Any) -> Callable[[Upstream], None]:
    def bend(upstream: Upstream) -> None:
        upstream.bend_header = lambda found: {**found, name: value}

        def sign(found: dict[str, Any], claims: dict[str, Any]) -> str:
            signed = ".".join(encoded(json.dumps(part).encode()) for part in (found, claims))
            # The library itself would not write such a header.
            signature = jws.JWSRegistry.algorithms["ES256"].sign(signed.encode(), upstream.key)
            return f"{signed}.{encoded(signature)}"

        upstream.sign = sign

    return bend


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def signed_by(sign: Callable[[dict[str, Any], dict[str, Any]], str]) -> Callable[[Upstream], None]:
    def bend(upstream: Upstream) -> None:
        upstream.sign = sign

    return bend


def by_another_key(found: dict[str, Any], claims: dict[str, Any]) -> str:
    return jwt.encode(found, claims, OTHER_KEY, algorithms=["ES256"])


def by_the_client_secret(found: dict[str, Any], claims: dict[str, Any]) -> str:
    key = OctKey.import_key(CLIENT_SECRET.ljust(32, "x"))
    return jwt.encode({**found, "alg": "HS256"}, claims, key, algorithms=["HS256"])


def tampered(upstream: Upstream) -> None:
    def sign(found: dict[str, Any], claims: dict[str, Any]) -> str:
        head, _, signature = jwt.encode(found, claims, upstream.key, algorithms=["ES256"]).split(".")
        forged = encoded(json.dumps({**claims, "sub": "victim"}).encode())
        return f"{head}.{forged}.{signature}"

    upstream.sign = sign


BAD_ID_TOKENS = [
    pytest.param(claim("iss", "https://other.example"), id="another issuer"),
    pytest.param(claim("iss", None), id="no issuer"),
    pytest.param(claim("aud", "another-client"), id="another audience"),
    pytest.param(claim("aud", [CLIENT_ID, "another-client"]), id="an audience too many"),
    pytest.param(without("aud"), id="no audience"),
    pytest.param(claim("azp", "another-client"), id="another authorized party"),
    pytest.param(claim("nonce", "replayed"), id="another nonce"),
    pytest.param(without("nonce"), id="no nonce"),
    pytest.param(claim("exp", NOW - 60), id="expired"),
    pytest.param(without("exp"), id="no expiry"),
    pytest.param(claim("exp", "soon"), id="expiry as text"),
    pytest.param(claim("iat", NOW + 600), id="issued in the future"),
    pytest.param(without("iat"), id="no time of issue"),
    pytest.param(claim("nbf", NOW + 600), id="not yet valid"),
    pytest.param(claim("sub", None), id="null subject"),
    pytest.param(claim("sub", ""), id="empty subject"),
    pytest.param(claim("sub", 7), id="numeric subject"),
    pytest.param(claim("sub", ["subject-1"]), id="list as subject"),
    pytest.param(claim("sub", "x" * 256), id="oversized subject"),
    pytest.param(claim("sub", "a b"), id="subject with a space"),
    pytest.param(without("sub"), id="no subject"),
    pytest.param(claim("auth_time", "now"), id="authentication time as text"),
    pytest.param(claim("auth_time", NOW + 600), id="authentication in the future"),
    pytest.param(claim("acr", 2), id="numeric acr"),
    pytest.param(claim("at_hash", "wrong"), id="hash of another access token"),
    pytest.param(header("typ", "at+jwt"), id="token of another type"),
    pytest.param(header("crit", ["exp"]), id="critical header"),
    pytest.param(header("jwk", OTHER_KEY.as_dict(private=False)), id="key in the header"),
    pytest.param(header("jku", "https://other.example/jwks"), id="key set in the header"),
    pytest.param(header("kid", "unknown"), id="unknown key"),
    pytest.param(signed_by(unsigned), id="unsigned"),
    pytest.param(signed_by(by_another_key), id="signed by another key of the same name"),
    pytest.param(signed_by(by_the_client_secret), id="signed with the client secret"),
    pytest.param(tampered, id="claims changed after signing"),
    pytest.param(signed_by(lambda found, claims: "x" * 20_000), id="oversized"),
    pytest.param(signed_by(lambda found, claims: "a.b"), id="two parts"),
    pytest.param(claim("padding", "x" * 17_000), id="a token of more than 16 KB"),
]


@pytest.mark.parametrize("bend", BAD_ID_TOKENS)
async def test_refuses_a_bad_id_token(
    source: UpstreamOidcSource, upstream: Upstream, bend: Callable[[Upstream], None]
) -> None:
    bend(upstream)

    with pytest.raises(SourceLied):
        await log_in(source, upstream)


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
        ("urn:unknown", LevelOfAssurance.SUBSTANTIAL),
    ],
)
async def test_a_source_cannot_lift_itself_above_its_configuration(
    source: UpstreamOidcSource, upstream: Upstream, acr: str, level: LevelOfAssurance
) -> None:
    upstream.bend_id_token = lambda claims: {**claims, "acr": acr}

    assert (await log_in(source, upstream)).result.level is level


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
    without("auth_time")(upstream)
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
