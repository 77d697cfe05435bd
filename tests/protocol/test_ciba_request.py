"""The authentication request (CIBA Core 7.1), plain and signed: what is refused, by which error, and what it leaves."""

from typing import Any

import httpx2
import pytest

from idp.audit.events import ClientAuthenticationFailed
from idp.audit.polled_events import PolledRequestRefused, PolledRequestStored
from idp.protocol.client_members import CIBA
from tests.support.assertions import ASSERTION_TYPE, ClientKey, assertion_claims
from tests.support.elsewhere import Elsewhere, asking_elsewhere
from tests.support.provider import Provider
from tests.support.sources import NOW

_ISSUER = "http://127.0.0.1:8000"
_KEY, _STRANGER = ClientKey(), ClientKey()
_INVALID = "invalid_request"


@pytest.fixture
async def counter(provider: Provider) -> Elsewhere:
    return await asking_elsewhere(provider)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param({"scope": None}, "invalid_scope", id="no scope"),
        pytest.param({"scope": "profile"}, "invalid_scope", id="no openid"),
        pytest.param({"scope": "openid email"}, "invalid_scope", id="a scope that it is not registered for"),
        pytest.param({"login_hint": None}, _INVALID, id="no hint"),
        pytest.param({"id_token_hint": "x.y.z"}, _INVALID, id="two hints"),
        pytest.param({"login_hint": None, "login_hint_token": "x.y.z"}, _INVALID, id="a token of somebody else's"),
        pytest.param({"login_hint": None, "id_token_hint": "x.y.z"}, _INVALID, id="no ID token of ours"),
        pytest.param({"login_hint": "x" * 257}, _INVALID, id="a hint too long"),
        pytest.param({"user_code": "1234"}, _INVALID, id="a user code"),
        pytest.param({"requested_expiry": "0"}, _INVALID, id="no time at all"),
        pytest.param({"requested_expiry": "9"}, _INVALID, id="too little time"),
        pytest.param({"requested_expiry": "-60"}, _INVALID, id="time gone by"),
        pytest.param({"requested_expiry": "soon"}, _INVALID, id="no number"),
        pytest.param({"requested_expiry": "٣٠٠"}, _INVALID, id="digits of another script"),
        pytest.param({"request_uri": "https://counter.example/request"}, _INVALID, id="by reference"),
        pytest.param({"resource": "https://records.example/"}, _INVALID, id="a resource"),
        pytest.param({"authorization_details": "[]"}, _INVALID, id="details"),
        pytest.param({"request": "x.y.z"}, _INVALID, id="signed by who did not register an algorithm"),
        pytest.param({"binding_message": "x" * 31}, "invalid_binding_message", id="a long message"),
        pytest.param({"binding_message": "Xem bit.ly/abc"}, "invalid_binding_message", id="an address"),
        pytest.param({"binding_message": "a" + chr(0x202E) + "b"}, "invalid_binding_message", id="turned around"),
        pytest.param({"binding_message": "品川"}, "invalid_binding_message", id="letters that no old telephone has"),
        pytest.param({"binding_message": "a\x07b"}, "invalid_binding_message", id="control characters"),
        pytest.param({"binding_message": "Goi 09 1234 5678"}, "invalid_binding_message", id="a number to call"),
        pytest.param({"binding_message": "Goi 0901234"}, "invalid_binding_message", id="many digits together"),
        pytest.param({"binding_message": "Ma \uff14\uff17"}, "invalid_binding_message", id="wide digits"),
        pytest.param({"binding_message": "Ma \u2460\u00b2"}, "invalid_binding_message", id="digits in a circle"),
        pytest.param({"binding_message": "\ufb01le"}, "invalid_binding_message", id="letters in one"),
        pytest.param({"binding_message": "<b>47</b>"}, "invalid_binding_message", id="markup"),
    ],
)
async def test_a_request_that_breaks_a_rule_is_refused(
    provider: Provider, counter: Elsewhere, changes: dict[str, str | None], error: str
) -> None:
    answer = await counter.ask(**changes)

    assert (answer.status_code, answer.json()["error"]) == (400, error), answer.text
    assert set(answer.json()) == {"error", "error_description"}
    assert await provider.count_of(PolledRequestRefused) == 1
    assert await provider.count_of(PolledRequestStored) == 0
    assert await provider.services.database.fetch_all("SELECT id FROM polled_request") == []


@pytest.mark.parametrize("message", ["47", "Quầy số 3: lệ phí hồ sơ #12", "Đối chiếu 1234-567", "a" * 30])
async def test_plain_words_are_shown_as_they_are(counter: Elsewhere, message: str) -> None:
    await counter.asked(binding_message=message)
    _, page = await counter.looks()

    assert message in page.text


async def test_a_request_without_a_message_has_its_number(counter: Elsewhere) -> None:
    asked = await counter.asked(binding_message=None)
    _, page = await counter.looks()

    assert f'id="number">{asked["matching_number"]}<' in page.text


@pytest.mark.parametrize(("wished", "given"), [("30", 30), ("300", 300), ("86400", 300), (None, 300)])
async def test_time_is_given_as_wished_and_never_more_than_ours(
    counter: Elsewhere, wished: str | None, given: int
) -> None:
    assert (await counter.asked(requested_expiry=wished))["expires_in"] == given


async def test_nobody_asks_in_the_name_of_another_service(provider: Provider, counter: Elsewhere) -> None:
    answer = await provider.http.post(
        "/bc-authorize",
        data={"client_id": "counter", "client_secret": "guessed", "scope": "openid", "login_hint": counter.sub},
    )

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert await provider.count_of(ClientAuthenticationFailed) == 1


@pytest.fixture
async def signing(provider: Provider) -> Elsewhere:
    return await asking_elsewhere(
        provider,
        "signing",
        token_endpoint_auth_method="private_key_jwt",
        jwks=_KEY.jwks(),
        backchannel_authentication_request_signing_alg="ES256",
    )


def claims(signing: Elsewhere, **changes: Any) -> dict[str, Any]:
    made = {
        **assertion_claims("signing", _ISSUER, NOW, sub=None),
        "nbf": NOW,
        "scope": "openid",
        "login_hint": signing.sub,
        "binding_message": "47",
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


async def post(provider: Provider, **form: str) -> httpx2.Response:
    assertion = _KEY.sign(assertion_claims("signing", _ISSUER, NOW))
    proof = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
    return await provider.http.post("/bc-authorize", data={**proof, **form})


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="plain"),
        pytest.param({"requested_expiry": 60}, id="a number as a number"),
        pytest.param({"requested_expiry": "60"}, id="a number as text"),
        pytest.param({"aud": [_ISSUER, "https://other.example"]}, id="for us and for others"),
        pytest.param({"iat": NOW + 9, "nbf": NOW + 9}, id="a clock nine seconds ahead"),
    ],
)
async def test_a_signed_request_is_taken(provider: Provider, signing: Elsewhere, changes: dict[str, Any]) -> None:
    answer = await post(provider, request=_KEY.sign(claims(signing, **changes)))

    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "changes",
    [
        *(pytest.param({name: None}, id=f"no {name}") for name in ("iss", "aud", "exp", "iat", "nbf", "jti")),
        pytest.param({"iss": "counter"}, id="of somebody else"),
        pytest.param({"client_id": "counter"}, id="for another client"),
        pytest.param({"aud": "https://other.example"}, id="for somebody else"),
        pytest.param({"aud": f"{_ISSUER}/bc-authorize"}, id="for an endpoint"),
        pytest.param({"exp": NOW - 11}, id="over"),
        pytest.param({"nbf": NOW + 600}, id="not yet"),
        pytest.param({"iat": NOW + 61}, id="made tomorrow"),
        pytest.param({"exp": NOW + 4200}, id="for longer than an hour"),
        pytest.param({"nbf": NOW - 4200}, id="since longer than an hour"),
        pytest.param({"exp": "soon"}, id="no time"),
        pytest.param({"exp": True}, id="a flag for a time"),
        pytest.param({"jti": ""}, id="no name"),
        pytest.param({"jti": 7}, id="a number for a name"),
        pytest.param({"jti": "x" * 257}, id="a name too long"),
        pytest.param({"scope": True}, id="a flag for a scope"),
    ],
)
async def test_a_signed_request_that_does_not_say_all_of_itself_is_refused(
    provider: Provider, signing: Elsewhere, changes: dict[str, Any]
) -> None:
    answer = await post(provider, request=_KEY.sign(claims(signing, **changes)))

    assert (answer.status_code, answer.json()["error"]) == (400, _INVALID), answer.text
    assert await provider.count_of(PolledRequestStored) == 0


async def test_a_request_of_who_signs_must_be_signed_and_stand_alone(provider: Provider, signing: Elsewhere) -> None:
    plain = await post(provider, scope="openid", login_hint=signing.sub)
    beside = await post(provider, request=_KEY.sign(claims(signing)), login_hint=signing.sub)
    strange = await post(provider, request=_STRANGER.sign(claims(signing)))
    nothing = await post(provider, request=_KEY.sign(claims(signing), alg="none"))

    assert [answer.json()["error"] for answer in (plain, beside, strange, nothing)] == [_INVALID] * 4


async def test_a_signed_request_works_once(provider: Provider, signing: Elsewhere) -> None:
    signed = _KEY.sign(claims(signing))
    answers = await provider.at_once(post(provider, request=signed) for _ in range(8))

    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 7


async def test_the_assertion_of_a_poll_works_once(provider: Provider, signing: Elsewhere) -> None:
    asked = (await post(provider, request=_KEY.sign(claims(signing)))).json()
    assertion = _KEY.sign(assertion_claims("signing", _ISSUER, NOW))
    form = {
        "grant_type": CIBA,
        "auth_req_id": asked["auth_req_id"],
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    }
    first, second = [await provider.http.post("/token", data=form) for _ in range(2)]

    assert first.json()["error"] == "authorization_pending"
    assert second.json()["error"] == "invalid_client"
