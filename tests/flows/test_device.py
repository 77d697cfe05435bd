"""Logging in on a device without a keyboard, from the code it shows to its greeting (RFC 8628)."""

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.demo import Demo
from tests.support.visitor import EVERY_LOOK, NARROW, WIDE_PLAIN, Arrive, Look

pytestmark = pytest.mark.browser

_NAME = {"client_id": "terminal"}
_GRANT = {**_NAME, "grant_type": "urn:ietf:params:oauth:grant-type:device_code"}
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))

QUESTION = {"vi": "Mã này có giống mã trên thiết bị không?", "en": "Is this the code on your device?"}


def _post(demo: Demo, path: str, form: dict[str, str]) -> dict[str, Any]:
    """As the terminal does; a refusal is an answer too."""
    try:
        with _DIRECT.open(f"{demo.addresses.issuer}{path}", data=urlencode(form).encode(), timeout=10) as answer:
            read: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as refusal:
        read = json.load(refusal)
    return read


def _codes(demo: Demo) -> dict[str, Any]:
    return _post(demo, "/device_authorization", {**_NAME, "scope": "openid profile"})


def _poll(demo: Demo, codes: dict[str, Any]) -> dict[str, Any]:
    return _post(demo, "/token", {**_GRANT, "device_code": codes["device_code"]})


@pytest.mark.parametrize("look", EVERY_LOOK, ids=str)
def test_a_person_types_the_code_logs_in_and_goes_back_to_the_device(arrive: Arrive, demo: Demo, look: Look) -> None:
    codes, visitor = _codes(demo), arrive(look)
    visitor.open(codes["verification_uri"])
    visitor.page.fill("#user-code", codes["user_code"].replace("-", " ").lower())
    visitor.click("#continue")
    assert visitor.heading == QUESTION[look.language]
    assert visitor.page.locator("#shown-code").inner_text() == codes["user_code"]
    visitor.reload()

    visitor.click("#approve")
    visitor.authenticate(demo.citizen("plain"), "tax")
    assert codes["user_code"] in visitor.text
    visitor.click("#approve")

    assert visitor.page.url == f"{demo.addresses.issuer}/requests/approved"
    tokens = _poll(demo, codes)
    assert tokens["token_type"] == "Bearer"
    assert _poll(demo, codes)["error"] == "invalid_grant"


@pytest.mark.parametrize("look", EVERY_LOOK, ids=str)
def test_a_code_that_somebody_sent_is_refused_in_one_press(arrive: Arrive, demo: Demo, look: Look) -> None:
    codes, visitor = _codes(demo), arrive(look)
    visitor.open(codes["verification_uri_complete"])
    assert visitor.page.locator("#strangers").count() == 1

    visitor.click("#refuse")

    assert visitor.page.url == f"{demo.addresses.issuer}/requests/refused"
    assert _poll(demo, codes)["error"] == "access_denied"
    visitor.open(codes["verification_uri_complete"])
    assert visitor.alert.count() == 1


@pytest.mark.parametrize("look", EVERY_LOOK, ids=str)
def test_a_wrong_code_is_told_at_the_field_and_can_be_typed_again(arrive: Arrive, demo: Demo, look: Look) -> None:
    codes, visitor = _codes(demo), arrive(look)
    visitor.open(codes["verification_uri"])
    visitor.page.fill("#user-code", "bcd fgh jkl")
    visitor.click("#continue")
    assert visitor.alert.count() == 1
    assert visitor.page.locator("#user-code-error").count() == 1

    visitor.page.fill("#user-code", codes["user_code"])
    visitor.click("#continue")

    assert visitor.heading == QUESTION[look.language]


@pytest.mark.parametrize("look", [NARROW, WIDE_PLAIN], ids=str)
def test_who_is_logged_in_already_is_asked_all_the_same(arrive: Arrive, demo: Demo, look: Look) -> None:
    visitor = arrive(look)
    visitor.log_in(demo.consultation, demo.citizen("no-email"), "tax")
    codes = _codes(demo)
    visitor.open(codes["verification_uri_complete"])
    visitor.click("#approve")
    assert visitor.page.url.endswith("/consent")
    assert _poll(demo, codes)["error"] == "authorization_pending"

    visitor.click("#refuse")

    assert _poll(demo, codes)["error"] == "access_denied"


@pytest.mark.parametrize("look", EVERY_LOOK, ids=str)
def test_the_list_of_services_says_when_it_is_empty(arrive: Arrive, demo: Demo, look: Look) -> None:
    visitor = arrive(look)

    visitor.open(f"{demo.addresses.issuer}/services")

    assert visitor.page.locator("#no-services").count() == 1
