"""Authlib's Starlette client as a service: login, userinfo, refresh and logout, over real HTTP, on both databases."""

import json
from typing import Any

import pytest

from tests.interop.conftest import House
from tests.support.citizen import Citizen

pytestmark = pytest.mark.interop


def test_logs_in_reads_userinfo_refreshes_and_logs_out(house: House) -> None:
    site = house.registrations.site
    with house.installation.citizen() as citizen:
        claims = _shown(citizen, f"{site}/log-in")["claims"]
        userinfo = _shown(citizen, f"{site}/userinfo")
        refreshed = _shown(citizen, f"{site}/refresh")
        userinfo_again = _shown(citizen, f"{site}/userinfo")
        logged_out = _shown(citizen, f"{site}/log-out")

    assert claims["iss"] == house.issuer
    assert claims["aud"] in ("authlib", ["authlib"])
    assert claims["acr"] == "eidas2"
    assert userinfo["sub"] == claims["sub"]
    assert userinfo["name"] == citizen.persona["name"]
    assert refreshed == {"access_token_is_new": True, "refresh_token_is_new": True}
    assert userinfo_again == userinfo
    assert logged_out == {"logged_out": True}


def test_asks_the_citizen_again_after_a_logout(house: House) -> None:
    site = house.registrations.site
    with house.installation.citizen() as citizen:
        _shown(citizen, f"{site}/log-in")
        again = citizen.open(f"{site}/log-in")
        _shown(citizen, f"{site}/log-out")
        after = citizen.open(f"{site}/log-in")

    assert again.url.startswith(f"{site}/callback"), "single sign-on: no page in between"
    assert after.has("source=tax")


def _shown(citizen: Citizen, url: str) -> dict[str, Any]:
    """What the service shows at the end of the walk."""
    page = citizen.log_in(url)
    assert page.status == 200, f"{page}\n{page.text}"
    shown: dict[str, Any] = json.loads(page.text)
    return shown
