"""The tax authority's tokens and claims, driven by Authlib's client, and what gets none."""

import re

import pytest
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.jwk import KeySet
from starlette.testclient import TestClient

from tests.examples.tax_authority.driver import CALLBACK, CLIENT, ISSUER, VERIFIER, Clock, answer_of, redeem, submit


def test_authlibs_client_logs_in_and_reads_the_verified_identity(browser: TestClient, clock: Clock) -> None:
    metadata = browser.get("/.well-known/openid-configuration").json()
    client = OAuth2Client(
        transport=browser._transport,
        client_id=CLIENT.client_id,
        client_secret=CLIENT.client_secret,
        token_endpoint_auth_method="client_secret_basic",
        scope="openid identity",
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
    )
    url, state = client.create_authorization_url(
        metadata["authorization_endpoint"], nonce="a nonce", code_verifier=VERIFIER
    )
    form = browser.get(browser.get(url).headers["location"])
    token_field = re.search(r'name="csrf_token" value="([^"]+)"', form.text)
    assert token_field is not None
    credentials = {"identifier": "99.00.00001-6", "password": "lua-vang-1979", "csrf_token": token_field.group(1)}
    callback = browser.post(form.url, data=credentials).headers["location"]

    token = client.fetch_token(
        metadata["token_endpoint"], authorization_response=callback, state=state, code_verifier=VERIFIER
    )
    keys = KeySet.import_key_set(browser.get(metadata["jwks_uri"]).json())
    claims = jwt.decode(token["id_token"], keys, algorithms=["ES256"]).claims
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    person = browser.get(metadata["userinfo_endpoint"], headers=bearer).json()

    assert answer_of(callback)["iss"] == ISSUER == metadata["issuer"] == claims["iss"]
    assert (claims["aud"], claims["nonce"], claims["amr"]) == ("motcua", "a nonce", ["pwd"])
    assert claims["auth_time"] == claims["iat"] == int(clock.now)
    assert 0 < claims["exp"] - claims["iat"] <= 300
    assert person.pop("sub") == claims["sub"]
    assert person == {
        "name": "Trần Văn Đức",
        "birthdate": "1979-11-02",
        "gender": "male",
        "birthplace": "Thái Bình",
        "tax_code": "9900000016",
        "vn_tax_code": "9900000016",
        "vn_personal_id": "099079000028",
        "vn_personal_id_verified": True,
    }


def test_publishes_no_private_key(browser: TestClient) -> None:
    (key,) = browser.get("/jwks").json()["keys"]

    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ES256", "sig")
    assert "d" not in key


def test_a_code_works_once_and_its_second_use_ends_the_token(browser: TestClient) -> None:
    code = answer_of(submit(browser).headers["location"])["code"]
    bearer = {"Authorization": f"Bearer {redeem(browser, code).json()['access_token']}"}
    assert browser.get("/userinfo", headers=bearer).status_code == 200

    second = redeem(browser, code)

    assert (second.status_code, second.json()["error"]) == (400, "invalid_grant")
    assert browser.get("/userinfo", headers=bearer).status_code == 401


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param({"code_verifier": "w" * 64}, "invalid_grant", id="another verifier"),
        pytest.param({"code_verifier": ""}, "invalid_grant", id="no verifier"),
        pytest.param({"redirect_uri": CALLBACK + "/"}, "invalid_grant", id="another redirect URI"),
        pytest.param({"code": "unknown"}, "invalid_grant", id="unknown code"),
        pytest.param({"grant_type": "password"}, "unsupported_grant_type", id="another grant"),
        pytest.param({"client_secret": "s"}, "invalid_client", id="two authentications"),
        pytest.param({"client_id": "another"}, "invalid_client", id="another client"),
    ],
)
def test_gives_no_token_for(browser: TestClient, changes: dict[str, str], error: str) -> None:
    code = answer_of(submit(browser).headers["location"])["code"]

    answer = redeem(browser, code, **changes)

    assert answer.json()["error"] == error
    assert "access_token" not in answer.json()


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic bW90Y3VhOndyb25n"}, {"Authorization": "Basic ?"}])
def test_refuses_a_client_that_cannot_prove_itself(browser: TestClient, headers: dict[str, str]) -> None:
    answer = browser.post("/token", data={"grant_type": "authorization_code"}, headers=headers)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


def test_a_code_expires_after_a_minute(browser: TestClient, clock: Clock) -> None:
    code = answer_of(submit(browser).headers["location"])["code"]
    clock.now += 61

    assert redeem(browser, code).json()["error"] == "invalid_grant"


def test_without_the_scope_userinfo_tells_nothing_but_the_subject(browser: TestClient) -> None:
    code = answer_of(submit(browser, scope="openid").headers["location"])["code"]
    bearer = {"Authorization": f"Bearer {redeem(browser, code).json()['access_token']}"}

    assert set(browser.get("/userinfo", headers=bearer).json()) == {"sub"}


@pytest.mark.parametrize(
    ("identifier", "password", "missing"),
    [
        pytest.param("9900000094", "song-huong-1957", "email", id="no e-mail"),
        pytest.param("9900000136", "cau-giay-1992", "vn_personal_id", id="no personal ID"),
    ],
)
def test_what_the_authority_does_not_hold_is_absent(
    browser: TestClient, identifier: str, password: str, missing: str
) -> None:
    answer = submit(browser, identifier, password, scope="openid identity email")
    code = answer_of(answer.headers["location"])["code"]
    bearer = {"Authorization": f"Bearer {redeem(browser, code).json()['access_token']}"}

    claims = browser.get("/userinfo", headers=bearer).json()

    assert missing not in claims
    assert f"{missing}_verified" not in claims


@pytest.mark.parametrize("path", ["/authorize", "/token", "/userinfo", "/jwks", "/.well-known/openid-configuration"])
def test_can_be_told_to_be_down_altogether(browser: TestClient, path: str) -> None:
    browser.post("/sandbox/fault", data={"fault": "down"})

    assert browser.request("POST" if path == "/token" else "GET", path).status_code == 503
    assert browser.get("/health").status_code == 503


def test_can_be_told_to_lie(browser: TestClient) -> None:
    browser.post("/sandbox/fault", data={"fault": "lying"})
    code = answer_of(submit(browser).headers["location"])["code"]
    keys = KeySet.import_key_set(browser.get("/jwks").json())

    claims = jwt.decode(redeem(browser, code).json()["id_token"], keys, algorithms=["ES256"]).claims

    assert claims["nonce"] != "a nonce"
