"""OpenID Connect Core 5.3, 5.4, 5.5; RFC 6750: the released claims, to who holds the access token."""

import json

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from idp.audit.events import UserInfoGiven, UserInfoRefused
from tests.support.provider import HOA, Provider, RelyingPartyDriver, answer_of, claims_of

_NAMES = {"name", "family_name", "middle_name", "given_name"}
_SCOPES = [
    ("openid", set()),
    ("openid profile", _NAMES | {"gender", "birthdate", "updated_at"}),
    ("openid identity", _NAMES | {"gender", "birthdate", "birthplace", "identity_level"}),
    ("openid phone", {"phone_number", "phone_number_verified"}),
    ("openid vn_personal_id", {"vn_personal_id"}),
    ("openid offline_access", set()),
]


@pytest.mark.parametrize(("scope", "expected"), _SCOPES, ids=[scope for scope, _ in _SCOPES])
async def test_a_scope_opens_its_claims_and_no_other(
    provider: Provider, town_hall: RelyingPartyDriver, scope: str, expected: set[str]
) -> None:
    tokens = await town_hall.log_in(await provider.logged_in_browser(consenting_to=town_hall), scope=scope)

    answer = await town_hall.userinfo(tokens["access_token"])

    assert set(answer.json()) == expected | {"sub"}
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


async def test_the_token_may_come_in_the_header_or_in_a_form(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    tokens = await town_hall.log_in(await provider.logged_in_browser(consenting_to=town_hall))
    token = tokens["access_token"]
    header = {"authorization": f"Bearer {token}"}

    answers = [
        await provider.http.get("/userinfo", headers=header),
        await provider.http.post("/userinfo", headers=header),
        await provider.http.post("/userinfo", data={"access_token": token}),
        await provider.http.get("/userinfo", headers={"authorization": f"bearer {token}"}),
    ]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert {answer.content for answer in answers} == {answers[0].content}
    assert answers[0].json()["sub"] == claims_of(tokens["id_token"])["sub"]
    assert await provider.count_of(UserInfoGiven) == 4


async def test_a_token_anywhere_else_or_twice_is_refused(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    tokens = await town_hall.log_in(await provider.logged_in_browser(consenting_to=town_hall))
    token = tokens["access_token"]
    header = ("authorization", f"Bearer {token}")

    answers = [
        await provider.http.get(f"/userinfo?access_token={token}"),
        await provider.http.get(f"/userinfo?access_token={token}", headers=[header]),
        await provider.http.post(f"/userinfo?access_token={token}"),
        await provider.http.post("/userinfo", headers=[header], data={"access_token": token}),
        await provider.http.get("/userinfo", headers=[header, header]),
        await provider.http.post(
            "/userinfo",
            content=f"access_token={token}&access_token={token}",
            headers={"content-type": "application/x-www-form-urlencoded"},
        ),
    ]

    assert [answer.status_code for answer in answers] == [400] * 6
    assert {answer.json()["error"] for answer in answers} == {"invalid_request"}
    assert all('error="invalid_request"' in answer.headers["www-authenticate"] for answer in answers)
    assert await provider.count_of(UserInfoRefused) == 6


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param("Bearer " + "x" * 43, id="an unknown token"),
        pytest.param("Bearer short", id="too short"),
        pytest.param("Bearer", id="nothing"),
        pytest.param("Bearer  " + "x" * 43, id="two spaces"),
        pytest.param("Bearer " + "x" * 43 + ",Bearer y", id="a list"),
        pytest.param("Basic " + "x" * 43, id="another scheme"),
        pytest.param("DPoP " + "x" * 43, id="a scheme of later"),
        pytest.param("Bearer " + "é" * 43, id="another alphabet"),
    ],
)
async def test_refuses(provider: Provider, authorization: str) -> None:
    answer = await provider.http.get("/userinfo", headers=[(b"authorization", authorization.encode())])

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith('Bearer realm="motcua"')
    assert await provider.count_of(UserInfoRefused) == 1


async def test_without_a_token_the_challenge_names_no_error(provider: Provider) -> None:
    """RFC 6750 §3.1: a client that did not know is told how, not what it did wrong."""
    answer = await provider.http.get("/userinfo")

    assert answer.status_code == 401
    assert answer.headers.get_list("www-authenticate")[0] == 'Bearer realm="motcua"'


async def test_a_token_lives_ten_minutes(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    tokens = await town_hall.log_in(await provider.logged_in_browser(consenting_to=town_hall))

    provider.clock.now += tokens["expires_in"] - 1
    alive = await town_hall.userinfo(tokens["access_token"])
    provider.clock.now += 1
    dead = await town_hall.userinfo(tokens["access_token"])

    assert (alive.status_code, dead.status_code) == (200, 401)


async def test_a_token_dies_with_logout_and_with_its_revocation(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    revoked, left = await town_hall.log_in(browser), await town_hall.log_in(browser)

    await town_hall.post("/revoke", token=revoked["access_token"])
    assert (await town_hall.userinfo(revoked["access_token"])).status_code == 401
    assert (await town_hall.userinfo(left["access_token"])).status_code == 200
    await provider.log_out(browser)
    assert (await town_hall.userinfo(left["access_token"])).status_code == 401


async def test_a_token_without_openid_opens_nothing(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    tokens = await town_hall.log_in(
        await provider.logged_in_browser(consenting_to=town_hall), scope="openid phone offline_access"
    )
    narrow = (await town_hall.refresh(tokens["refresh_token"], scope="phone")).json()

    answer = await town_hall.userinfo(narrow["access_token"])

    assert answer.status_code == 403
    assert answer.json()["error"] == "insufficient_scope"


@pytest.mark.parametrize("alg", ["ES256", "RS256"])
async def test_a_signed_answer_says_who_made_it_and_for_whom(provider: Provider, alg: str) -> None:
    party = await provider.register(userinfo_signed_response_alg=alg)
    tokens = await party.log_in(await provider.logged_in_browser(consenting_to=party))
    keys = KeySet.import_key_set((await provider.http.get("/jwks")).json())

    answer = await party.userinfo(tokens["access_token"])
    claims = jwt.decode(answer.text, keys, algorithms=[alg]).claims

    assert answer.headers["content-type"] == "application/jwt"
    assert (claims["iss"], claims["aud"]) == (provider.issuer, party.client_id)
    assert claims["sub"] == claims_of(tokens["id_token"])["sub"]
    assert claims["name"] == HOA.name


async def test_a_claim_asked_for_by_name_comes_alone(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    claims = json.dumps({"userinfo": {"birthdate": None, "phone_number": {"essential": True}, "unknown": None}})
    browser = await provider.logged_in_browser(consenting_to=town_hall)

    tokens = await town_hall.log_in(browser, scope="openid", claims=claims)
    answer = (await town_hall.userinfo(tokens["access_token"])).json()

    assert set(answer) == {"sub", "birthdate", "phone_number"}


async def test_what_the_person_kept_back_stays_back(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser(person_id="hoa")
    await provider.consent("hoa", town_hall, released=("name", "birthdate"))

    tokens = await town_hall.log_in(browser, scope="openid profile phone vn_personal_id")
    answer = (await town_hall.userinfo(tokens["access_token"])).json()

    assert set(answer) == {"sub", "name", "birthdate", "updated_at"}


async def test_a_signed_answer_is_no_id_token_hint(provider: Provider) -> None:
    party = await provider.register("signed", userinfo_signed_response_alg="ES256")
    browser = await provider.logged_in_browser(consenting_to=party)
    signed = await party.userinfo((await party.log_in(browser))["access_token"])

    told = answer_of(await party.authorize(browser, id_token_hint=signed.text, prompt="none"))

    assert told["error"] == "invalid_request"
