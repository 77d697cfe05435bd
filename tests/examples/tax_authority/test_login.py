"""The tax authority's login: what may ask for one, the form, and the way back to the client."""

import pytest
from starlette.testclient import TestClient

from tests.examples.tax_authority.driver import CALLBACK, ISSUER, REQUEST, Clock, answer_of, open_form, submit


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


def test_refuses_a_parameter_given_twice(browser: TestClient) -> None:
    assert browser.get("/authorize", params=[*REQUEST.items(), ("nonce", "another")]).status_code == 400


def test_takes_the_authorization_request_by_post_too(browser: TestClient) -> None:
    assert browser.post("/authorize", data=REQUEST).status_code == 303


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


def test_the_form_carries_the_hooks_and_follows_ui_locales(browser: TestClient) -> None:
    location = browser.get("/authorize", params={**REQUEST, "ui_locales": "en vi"}).headers["location"]

    page = browser.get(location).text

    for hook in ('id="identifier"', 'id="password"', 'id="continue"', '<html lang="en">'):
        assert hook in page


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


def test_cancelling_tells_the_client(browser: TestClient) -> None:
    address, token = open_form(browser)

    answer = browser.post(address, data={"csrf_token": token, "action": "cancel"})

    assert answer_of(answer.headers["location"]) == {"error": "access_denied", "state": "a state", "iss": ISSUER}
