"""No part of the sandbox starts where real citizens may be, and every page says what it is."""

from collections.abc import Callable
from datetime import date

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from examples.mobile_operator.app import create_app as mobile_operator_app
from examples.register.protocol import Credentials
from examples.sandbox import BANNER, NotASandbox, require_sandbox
from examples.sms_outbox.app import create_app as sms_outbox_app
from examples.social_insurance_register.app import create_app as social_insurance_app
from examples.tax_authority.app import create_app as tax_authority_app
from examples.tax_authority.requests import RegisteredClient

CREDENTIALS = Credentials(client_id="motcua", client_secret="s" * 43)
CLIENT = RegisteredClient(client_id="motcua", client_secret="s" * 43, redirect_uris=("http://127.0.0.1:8000/cb",))
PARTS: dict[str, Callable[[], Starlette]] = {
    "tax authority": lambda: tax_authority_app("http://127.0.0.1:8001", CLIENT),
    "social insurance": lambda: social_insurance_app(CREDENTIALS, today=date(2026, 11, 21)),
    "mobile operator": lambda: mobile_operator_app(CREDENTIALS),
    "SMS outbox": lambda: sms_outbox_app("t" * 43),
}


@pytest.mark.parametrize("build", PARTS.values(), ids=PARTS.keys())
@pytest.mark.parametrize("mode", ["production", "Production", "staging"])
def test_a_part_refuses_to_start_in_any_mode_but_sandbox(
    build: Callable[[], Starlette], mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTCUA_ENVIRONMENT", mode)

    with pytest.raises(NotASandbox, match="MOTCUA_ENVIRONMENT"):
        build()


def test_the_sandbox_is_the_default_mode() -> None:
    require_sandbox("a part", {})
    require_sandbox("a part", {"MOTCUA_ENVIRONMENT": "sandbox"})


@pytest.mark.parametrize("build", PARTS.values(), ids=PARTS.keys())
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_says_that_it_is_a_sandbox(build: Callable[[], Starlette], language: str) -> None:
    page = TestClient(build()).get("/", headers={"Accept-Language": language})

    assert page.status_code == 200
    assert BANNER[language] in page.text
    assert f'<html lang="{language}">' in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("build", PARTS.values(), ids=PARTS.keys())
def test_the_language_switch_is_remembered(build: Callable[[], Starlette]) -> None:
    browser = TestClient(build())
    assert '<html lang="vi">' in browser.get("/").text

    browser.get("/?lang=en")

    assert '<html lang="en">' in browser.get("/", headers={"Accept-Language": "vi"}).text


@pytest.mark.parametrize("build", PARTS.values(), ids=PARTS.keys())
def test_every_part_tells_its_health(build: Callable[[], Starlette]) -> None:
    answer = TestClient(build()).get("/health")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
