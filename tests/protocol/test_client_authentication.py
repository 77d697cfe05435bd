"""RFC 6749 §2.3: exactly the registered method, exactly one a request, and one answer for every failure."""

import base64
import hashlib
from urllib.parse import quote_plus

import httpx2
import pytest

from idp.audit.events import ClientAuthenticationFailed
from idp.authorization_server.failure_throttle import MOST_FAILURES, WINDOW_SECONDS
from idp.storage.database import Statement
from idp.storage.live_configuration import bump_version
from tests.support.assertions import ASSERTION_TYPE
from tests.support.provider import Provider, RelyingPartyDriver

_PATHS = ["/token", "/introspect", "/revoke", "/par"]


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


async def ask(
    provider: Provider, path: str = "/introspect", *, headers: dict[str, str] | None = None, **form: str
) -> httpx2.Response:
    return await provider.http.post(path, data={"token": "unknown", **form}, headers=headers)


async def test_the_registered_method_works(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    by_form = await provider.register("by-form", token_endpoint_auth_method="client_secret_post")

    first = await ask(provider, headers=basic(town_hall.client_id, town_hall.secret))
    second = await ask(provider, client_id=by_form.client_id, client_secret=by_form.secret)

    assert first.json() == second.json() == {"active": False}


@pytest.mark.parametrize("path", _PATHS)
async def test_every_failure_has_one_answer(provider: Provider, town_hall: RelyingPartyDriver, path: str) -> None:
    gone = await provider.register("gone")
    await provider.disable(gone)
    by_form = await provider.register("by-form", token_endpoint_auth_method="client_secret_post")

    answers = [
        await ask(provider, path, headers=basic(client_id, secret))
        for client_id, secret in (
            (town_hall.client_id, "wrong"),
            (town_hall.client_id, town_hall.secret + "x"),
            (town_hall.client_id, town_hall.secret[:-1]),
            (town_hall.client_id, town_hall.secret.swapcase()),
            (town_hall.client_id, hashlib.sha256(town_hall.secret.encode()).hexdigest()),
            ("nobody", "wrong"),
            ("nobody\x00", "wrong"),
            ("n" * 300, "wrong"),
            ("người-dân", "wrong"),
            (gone.client_id, gone.secret),
            (gone.client_id, "wrong"),
            (by_form.client_id, by_form.secret),
        )
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert {answer.content for answer in answers} == {
        b'{"error":"invalid_client","error_description":"client authentication failed"}'
    }
    assert {answer.headers["www-authenticate"] for answer in answers} == {'Basic realm="motcua"'}
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    assert await provider.count_of(ClientAuthenticationFailed) == len(answers)


async def test_a_client_that_has_no_secret_has_no_empty_one_either(provider: Provider) -> None:
    party = await provider.register("bare")
    await provider.services.database.commit(
        Statement("UPDATE client SET client_secret_hash = NULL WHERE client_id = $1", (party.client_id,)),
        bump_version(),
    )
    await provider.services.configuration.refresh()

    for secret in ("no such client", party.secret):
        assert (await ask(provider, headers=basic(party.client_id, secret))).status_code == 401


@pytest.mark.parametrize(
    ("headers", "form"),
    [
        pytest.param({}, {}, id="nothing"),
        pytest.param({"authorization": "Basic"}, {}, id="no credentials"),
        pytest.param({"authorization": "Basic !!!"}, {}, id="no base64"),
        pytest.param({"authorization": "Basic " + base64.b64encode(b"town-hall").decode()}, {}, id="no colon"),
        pytest.param({"authorization": "Basic " + base64.b64encode(b":secret").decode()}, {}, id="no name"),
        pytest.param({"authorization": "Basic " + base64.b64encode(b"town-hall:").decode()}, {}, id="no secret"),
        pytest.param({"authorization": "Basic " + base64.b64encode(b"\xff:\xff").decode()}, {}, id="no text"),
        pytest.param({"authorization": "Bearer x"}, {}, id="another scheme"),
        pytest.param({}, {"client_id": "town-hall"}, id="a name alone"),
        pytest.param({}, {"client_secret": "x"}, id="a secret alone"),
        pytest.param({}, {"client_id": "town-hall", "client_secret": ""}, id="an empty secret"),
        pytest.param({}, {"client_assertion_type": ASSERTION_TYPE}, id="an assertion type alone"),
        pytest.param({}, {"client_assertion": "a.b.c"}, id="an assertion without its type"),
        pytest.param(
            {}, {"client_assertion": "a.b.c", "client_assertion_type": "urn:saml"}, id="another type of assertion"
        ),
    ],
)
async def test_what_cannot_be_read_is_no_authentication(
    provider: Provider, town_hall: RelyingPartyDriver, headers: dict[str, str], form: dict[str, str]
) -> None:
    response = await provider.http.post("/introspect", data={"token": "unknown", **form}, headers=headers)

    assert response.status_code == 401
    assert response.json()["error"] == "invalid_client"


async def test_two_methods_at_once_are_refused_even_if_both_are_right(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    by_header = basic(town_hall.client_id, town_hall.secret)
    assertion = {"client_assertion": "a.b.c", "client_assertion_type": ASSERTION_TYPE}

    responses = [
        await ask(provider, headers=by_header, client_id=town_hall.client_id, client_secret=town_hall.secret),
        await provider.http.post("/introspect", data={"token": "x", **assertion}, headers=by_header),
        await provider.http.post(
            "/introspect", data={"client_id": town_hall.client_id, "client_secret": town_hall.secret, **assertion}
        ),
    ]

    assert [response.status_code for response in responses] == [400, 400, 400]
    assert {response.json()["error"] for response in responses} == {"invalid_request"}


async def test_two_authorization_headers_are_refused(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    header = ("authorization", town_hall.basic())

    response = await provider.http.post("/introspect", data={"token": "x"}, headers=[header, header])

    assert response.status_code == 400


async def test_another_client_id_beside_the_credentials_is_refused(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    response = await town_hall.post("/introspect", token="x", client_id="library")

    assert response.status_code == 400
    assert (await town_hall.post("/introspect", token="x", client_id=town_hall.client_id)).status_code == 200


async def test_credentials_in_the_query_are_refused(provider: Provider) -> None:
    party = await provider.register("by-form", token_endpoint_auth_method="client_secret_post")

    for query in (f"client_id={party.client_id}", f"client_secret={party.secret}", "client_assertion=a.b.c"):
        response = await provider.http.post(
            f"/introspect?{query}", data={"token": "x", "client_id": party.client_id, "client_secret": party.secret}
        )
        assert response.status_code == 400, query


@pytest.mark.parametrize("path", _PATHS)
async def test_programs_may_only_post(provider: Provider, path: str) -> None:
    response = await provider.http.get(path)

    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


async def test_a_secret_with_every_special_letter_is_form_encoded_in_the_header(provider: Provider) -> None:
    party = await provider.register("special")
    secret = "a:b+c%d&e=f g/é"
    await provider.services.database.commit(
        Statement(
            "UPDATE client SET client_secret_hash = $1 WHERE client_id = $2",
            (hashlib.sha256(secret.encode()).digest(), party.client_id),
        ),
        bump_version(),
    )
    await provider.services.configuration.refresh()

    encoded = await ask(provider, headers=basic(party.client_id, quote_plus(secret)))

    assert encoded.status_code == 200


async def test_a_parameter_given_twice_is_refused(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    response = await provider.http.post(
        "/token",
        content="grant_type=refresh_token&grant_type=authorization_code",
        headers={"content-type": "application/x-www-form-urlencoded", "authorization": town_hall.basic()},
    )

    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"


async def test_json_and_multipart_are_refused(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    headers = {"authorization": town_hall.basic()}

    as_json = await provider.http.post("/token", json={"grant_type": "refresh_token"}, headers=headers)
    as_parts = await provider.http.post("/token", files={"grant_type": b"refresh_token"}, headers=headers)

    assert [as_json.status_code, as_parts.status_code] == [400, 400]
    assert as_json.json()["error"] == "invalid_request"


async def test_an_oversized_body_is_refused(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    assert (await town_hall.token(grant_type="refresh_token", refresh_token="x" * 70_000)).status_code == 413


async def test_failures_are_slowed_down_without_locking_out_the_real_client(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    wrong = basic(town_hall.client_id, "wrong")
    for _ in range(MOST_FAILURES):
        assert (await ask(provider, headers=wrong)).status_code == 401

    slowed = await ask(provider, headers=wrong)
    elsewhere = await provider.http_from("192.0.2.7").post(
        "/introspect", data={"token": "x"}, headers={"authorization": town_hall.basic()}
    )
    provider.clock.now += WINDOW_SECONDS
    later = await ask(provider, headers=wrong)

    assert (slowed.status_code, slowed.headers["retry-after"]) == (429, "5")
    assert slowed.json()["error"] == "invalid_client"
    assert elsewhere.status_code == 200
    assert later.status_code == 401
