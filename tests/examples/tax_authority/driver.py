"""Drives the tax authority as a browser and as its client."""

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from starlette.testclient import TestClient

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
