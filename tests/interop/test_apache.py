"""Apache with mod_auth_openidc as Debian ships it: a site protected by configuration alone, seen through Chromium."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.interop.apache import protected_site, why_not_here
from tests.interop.chromium_citizen import ChromiumCitizen
from tests.interop.conftest import House

pytestmark = pytest.mark.interop

# What the provider promises for a logout to reach a service, and then some for a busy machine.
_LOGOUT_SECONDS = 30


@pytest.fixture(scope="module", params=["apache", "apache-key"])
def apache(request: pytest.FixtureRequest, sqlite_house: House) -> Iterator[str]:
    """The site's address; it authenticates with a secret, or with a key."""
    if (reason := why_not_here()) is not None:
        pytest.skip(reason)
    known = sqlite_house.registrations
    credential = known.rsa_key if request.param == "apache-key" else known.client_secret
    with protected_site(known.apache, sqlite_house.issuer, request.param, credential):
        yield known.apache


def test_logs_in_refreshes_and_logs_out(sqlite_house: House, apache: str, citizen: ChromiumCitizen) -> None:
    page = citizen.page
    page.goto(f"{apache}/protected/")
    citizen.log_in(until="#user")
    subject, name = page.inner_text("#user"), page.inner_text("#name")
    first = _info(citizen, apache)
    refreshed = page.request.get(
        f"{apache}/protected/redirect_uri",
        params={"refresh": f"{apache}/protected/", "access_token": first["access_token"]},
    )
    second = _info(citizen, apache)
    page.goto(f"{apache}/protected/redirect_uri?logout={apache}/logged-out.html")
    page.wait_for_selector("#logged-out", state="attached")
    where = page.url
    page.goto(f"{apache}/protected/")

    assert name == citizen.persona["name"]
    assert subject == first["userinfo"]["sub"]
    assert refreshed.ok
    assert "error_code" not in refreshed.url
    assert second["access_token"] != first["access_token"]
    assert second["refresh_token"] != first["refresh_token"]
    assert where == f"{apache}/logged-out.html"
    assert citizen.is_asked_who_they_are(), "logged out here and at the provider"


def test_ends_its_session_when_the_citizen_logs_out_elsewhere(
    sqlite_house: House, apache: str, citizen: ChromiumCitizen
) -> None:
    """Back-channel logout: the provider tells it, no browser is needed."""
    page = citizen.page
    page.goto(f"{apache}/protected/")
    citizen.log_in(until="#user")
    before = page.request.get(f"{apache}/protected/redirect_uri?info=json").status
    page.goto(f"{sqlite_house.issuer}/logout")
    page.click("#approve")
    page.wait_for_load_state()

    assert before == 200
    _wait_until_its_session_ended(citizen, apache)


def _info(citizen: ChromiumCitizen, apache: str) -> Any:
    """What the module keeps of the session."""
    answer = citizen.page.request.get(f"{apache}/protected/redirect_uri?info=json")
    assert answer.status == 200
    return answer.json()


def _wait_until_its_session_ended(citizen: ChromiumCitizen, apache: str) -> None:
    deadline = time.monotonic() + _LOGOUT_SECONDS
    while citizen.page.request.get(f"{apache}/protected/redirect_uri?info=json").status != 401:
        assert time.monotonic() < deadline, "the logout did not arrive"
        time.sleep(0.05)
