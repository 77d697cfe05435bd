"""oidc-client-ts in Chromium as a public client, whose requests cross origins: login, userinfo, renewal, logout.

The library checks issuer, state, PKCE, nonce and the `sub` of userinfo; the browser checks who may read what.
"""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.interop.chromium_citizen import ChromiumCitizen
from tests.interop.conftest import House
from tests.interop.single_page import LIBRARY, PAGES

pytestmark = pytest.mark.interop


@pytest.mark.parametrize("path", PAGES)
def test_logs_in_reads_userinfo_renews_and_logs_out(sqlite_house: House, citizen: ChromiumCitizen, path: str) -> None:
    assert LIBRARY.exists(), "run `npm ci` in tests/interop (make test does)"
    here = f"{sqlite_house.registrations.page}{path}"
    bound = PAGES[path]["dpop"]
    of_userinfo: list[int] = []
    citizen.page.on("response", lambda one: of_userinfo.append(one.status) if one.url.endswith("/userinfo") else None)
    citizen.page.goto(here)
    assert _shown(citizen) is None

    citizen.page.click("#log-in")
    citizen.log_in(until="#result")
    tokens = _shown(citizen)
    userinfo = _does(citizen, "userinfo")
    renewed = _does(citizen, "renew")
    userinfo_again = _does(citizen, "userinfo")
    citizen.page.reload()
    remembered = _shown(citizen)
    with citizen.page.expect_request(lambda request: request.url.startswith(f"{here}?state=")):
        citizen.page.click("#log-out")
    logged_out = _shown(citizen)
    citizen.page.goto(here)
    citizen.page.click("#log-in")
    citizen.page.wait_for_selector('button[name="source"]')

    assert tokens["token_type"] == ("DPoP" if bound else "Bearer")
    assert tokens["profile"]["acr"] == "eidas2"
    assert tokens["profile"]["sub"] == userinfo["sub"]
    assert userinfo["name"] == citizen.persona["name"]
    assert renewed["access_token"] != tokens["access_token"]
    assert renewed["refresh_token"] != tokens["refresh_token"], "a client without credentials gets a new one each time"
    assert userinfo_again == userinfo
    assert (401 in of_userinfo) == bound, "asked for a nonce, which the script could read"
    assert remembered["access_token"] == renewed["access_token"]
    assert logged_out is None


def test_a_stranger_s_script_cannot_read_what_is_for_the_page(sqlite_house: House, citizen: ChromiumCitizen) -> None:
    """The same request from another origin: sent, perhaps, but not answered to the script."""
    ask = """async issuer => {
        const read = async (path, options) => {
            try { return (await fetch(issuer + path, options)).status } catch { return 'unreadable' }
        }
        const body = new URLSearchParams({ client_id: 'page', grant_type: 'refresh_token', refresh_token: 'x' })
        return [
            await read('/.well-known/openid-configuration'),
            await read('/token', { method: 'POST', body }),
            await read('/userinfo', { headers: { Authorization: 'Bearer x' } }),
            await read('/'),
        ]
    }"""
    citizen.page.goto(f"{sqlite_house.registrations.page}/plain/")
    _shown(citizen)
    own = citizen.page.evaluate(ask, sqlite_house.issuer)
    citizen.page.goto(f"{sqlite_house.registrations.site}/nothing-here")
    strangers = citizen.page.evaluate(ask, sqlite_house.issuer)

    blocked = [line for line in citizen.said if "blocked by CORS policy" in line]
    citizen.said.clear()

    assert len(blocked) == 4
    assert own == [200, 400, 401, "unreadable"]
    assert strangers == [200, "unreadable", "unreadable", "unreadable"]


def _does(citizen: ChromiumCitizen, task: str) -> Any:
    citizen.page.click(f"#{task}")
    return _shown(citizen)


def _shown(citizen: ChromiumCitizen) -> Any:
    """What the page shows once its work is done."""
    citizen.page.wait_for_selector('#result:not([data-state="busy"])', state="attached")
    found = citizen.page.locator("#result")
    text = found.inner_text()
    assert found.get_attribute("data-state") == "done", f"{urlsplit(citizen.page.url).path}: {text}"
    return json.loads(text)
