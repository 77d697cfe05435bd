"""The tax authority as an OpenID provider, driven by Authlib's client, and what it refuses."""

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import KeySet
from starlette.testclient import TestClient

from examples.faults import FaultSwitch
from examples.tax_authority.app import create_app
from examples.tax_authority.requests import RegisteredClient

ISSUER = "http://127.0.0.1:8001"
CALLBACK = "http://127.0.0.1:8000/sources/tax/callback"
CLIENT = RegisteredClient(client_id="motcua", client_secret="s" * 43, redirect_uris=(CALLBACK,))
VERIFIER = "v" * 64
REQUEST = {
    "response_type": "code",
    "client_id": "motcua",
    "redirect_uri": CALLBACK,
    "scope": "openid identity",
    "state": "a state",
    "nonce": "a nonce",
    "code_challenge": create_s256_code_challenge(VERIFIER),
    "code_challenge_method": "S256",
}


class Clock:
    def __init__(self) -> None:
        self.now = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def browser(clock: Clock) -> TestClient:
    app = create_app(ISSUER, CLIENT, clock=clock, faults=FaultSwitch(delay=0))
    return TestClient(app, base_url=ISSUER, follow_redirects=False)


def open_form(browser: TestClient, **changes: str) -> tuple[str, str]:
    """The address of the login form and its CSRF token."""
    answer = browser.get("/authorize", params={**REQUEST, **changes})
    assert answer.status_code == 303, answer.text
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(answer.headers["location"]).text)
    assert token is not None
    return answer.headers["location"], token.group(1)


def submit(browser: TestClient, identifier: str = "9900000016", password: str = "lua-vang-1979", **changes: str) -> Any:
    address, token = open_form(browser, **changes)
    form = {"csrf_token": token, "identifier": identifier, "password": password, "action": "continue"}
    return browser.post(address, data=form)


def answer_of(location: str) -> dict[str, str]:
    assert location.startswith(CALLBACK + "?")
    return dict(parse_qsl(urlsplit(location).query))


def redeem(browser: TestClient, issued: str, /, **changes: str) -> Any:
    form = {
        "grant_type": "authorization_code",
        "code": issued,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        **changes,
    }
    return browser.post("/token", data=form, auth=(CLIENT.client_id, CLIENT.client_secret))


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
        "vn_personal_id": "099079000028",
        "vn_personal_id_verified": True,
    }


def test_publishes_no_private_key(browser: TestClient) -> None:
    (key,) = browser.get("/jwks").json()["keys"]

    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ES256", "sig")
    assert "d" not in key


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"client_id": "another"}, id="unknown client"),
        pytest.param({"redirect_uri": CALLBACK + "/"}, id="redirect URI with a slash"),
        pytest.param(
            {"redirect_uri": "http://127.0.0.1:8000/sources/tax/callback?x=1"}, id="redirect URI with a query"
        ),
        pytest.param({"redirect_uri": CALLBACK.upper()}, id="redirect URI in capitals"),
    ],
)
def test_shows_an_error_and_redirects_nowhere_for(browser: TestClient, changes: dict[str, str]) -> None:
    answer = browser.get("/authorize", params={**REQUEST, **changes})

    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param({"response_type": "token"}, "unsupported_response_type", id="implicit"),
        pytest.param({"response_mode": "fragment"}, "invalid_request", id="fragment"),
        pytest.param({"scope": "identity"}, "invalid_scope", id="no openid"),
        pytest.param({"nonce": ""}, "invalid_request", id="no nonce"),
        pytest.param({"code_challenge_method": "plain"}, "invalid_request", id="plain PKCE"),
        pytest.param({"code_challenge_method": ""}, "invalid_request", id="no PKCE method"),
        pytest.param({"code_challenge": ""}, "invalid_request", id="no PKCE"),
        pytest.param({"code_challenge": "short"}, "invalid_request", id="not a challenge"),
        pytest.param({"prompt": "none"}, "login_required", id="prompt none"),
        pytest.param({"request": "ey"}, "request_not_supported", id="request object"),
    ],
)
def test_answers_the_client_with_the_error_for(browser: TestClient, changes: dict[str, str], error: str) -> None:
    answer = browser.get("/authorize", params={**REQUEST, **changes})

    given = answer_of(answer.headers["location"])
    assert (given["error"], given["state"], given["iss"]) == (error, "a state", ISSUER)
    assert "code" not in given


def test_refuses_a_parameter_given_twice(browser: TestClient) -> None:
    assert browser.get("/authorize", params=[*REQUEST.items(), ("nonce", "another")]).status_code == 400


def test_takes_the_authorization_request_by_post_too(browser: TestClient) -> None:
    assert browser.post("/authorize", data=REQUEST).status_code == 303


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


def test_a_twelve_digit_tax_code_logs_in_typed_with_spaces(browser: TestClient) -> None:
    assert submit(browser, "099 190 000 135", "ham-rong-1990").status_code == 303


@pytest.mark.parametrize("identifier", ["9900000016", "9900000390", "nonsense", ""])
def test_a_wrong_password_and_an_unknown_code_look_alike(browser: TestClient, identifier: str) -> None:
    answer = submit(browser, identifier, "wrong")

    assert answer.status_code == 422
    assert "Thông tin đăng nhập chưa đúng." in answer.text
    assert 'href="#identifier"' in answer.text


@pytest.mark.parametrize("identifier", ["9900000016", "9900000390"])
def test_five_wrong_passwords_in_any_spelling_pause_the_code_for_five_minutes(
    browser: TestClient, clock: Clock, identifier: str
) -> None:
    for spelling in (identifier, f" {identifier}", f"{identifier[:2]}.{identifier[2:]}", identifier, identifier):
        assert submit(browser, spelling, "wrong").status_code == 422

    assert submit(browser, identifier).status_code == 429
    clock.now += 301
    assert submit(browser, identifier).status_code == (303 if identifier == "9900000016" else 422)


def test_refuses_a_form_without_its_token(browser: TestClient) -> None:
    address, _ = open_form(browser)

    answer = browser.post(address, data={"identifier": "9900000016", "password": "lua-vang-1979"})

    assert answer.status_code == 403


def test_refuses_to_finish_a_login_in_another_browser(browser: TestClient) -> None:
    address, token = open_form(browser)
    browser.cookies.clear()

    form = {"csrf_token": token, "identifier": "9900000016", "password": "lua-vang-1979"}

    assert browser.get(address).status_code == 400
    assert browser.post(address, data=form).status_code == 400


def test_a_login_is_finished_once(browser: TestClient) -> None:
    address, token = open_form(browser)
    form = {"csrf_token": token, "identifier": "9900000016", "password": "lua-vang-1979"}
    assert browser.post(address, data=form).status_code == 303

    assert browser.post(address, data=form).status_code == 400


def test_two_tabs_log_in_side_by_side(browser: TestClient) -> None:
    first, second = open_form(browser), open_form(browser)
    for address, token in (first, second):
        form = {"csrf_token": token, "identifier": "9900000016", "password": "lua-vang-1979"}
        assert browser.post(address, data=form).status_code == 303


def test_cancelling_tells_the_client(browser: TestClient) -> None:
    address, token = open_form(browser)

    answer = browser.post(address, data={"csrf_token": token, "action": "cancel"})

    assert answer_of(answer.headers["location"]) == {"error": "access_denied", "state": "a state", "iss": ISSUER}


def test_the_form_carries_the_hooks_and_follows_ui_locales(browser: TestClient) -> None:
    location = browser.get("/authorize", params={**REQUEST, "ui_locales": "en vi"}).headers["location"]

    page = browser.get(location).text

    for hook in ('id="identifier"', 'id="password"', 'id="continue"', '<html lang="en">'):
        assert hook in page


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
