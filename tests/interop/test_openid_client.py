"""openid-client from npm as a service: every step of a login, over real HTTP, on both databases.

It validates by itself the issuer, `iss` of the answer, `state`, nonce, PKCE, signatures, `auth_time` and the `sub`
of the userinfo answer; a step that returns has passed all of that.
"""

from typing import Any

import pytest

from tests.interop.conftest import House
from tests.interop.node_service import NodeFailure, NodeService
from tests.interop.registrations import SCOPE
from tests.support.citizen import Citizen

pytestmark = pytest.mark.interop


def test_logs_in_reads_userinfo_refreshes_and_logs_out(house: House, openid_client: NodeService) -> None:
    _discover(openid_client, house, "basic")
    with house.installation.citizen() as citizen:
        tokens = _log_in(openid_client, citizen, max_age=3600)
        userinfo = openid_client.do("userinfo")
        refreshed = openid_client.do("refresh")
        userinfo_again = openid_client.do("userinfo")
        asked = openid_client.do("log_out", return_to=house.registrations.logged_out_uri, state="state-of-logout")
        logged_out = citizen.open(asked["url"])

    assert tokens["claims"]["iss"] == house.issuer
    assert tokens["claims"]["acr"] == "eidas2"
    assert tokens["claims"]["sub"] == userinfo["sub"]
    assert userinfo["name"] == citizen.persona["name"]
    assert refreshed["claims"]["sub"] == tokens["claims"]["sub"]
    assert refreshed["access_token"] != tokens["access_token"]
    assert refreshed["refresh_token"] != tokens["refresh_token"]
    assert userinfo_again == userinfo
    assert logged_out.url == f"{house.registrations.logged_out_uri}?state=state-of-logout"


def test_is_told_that_nobody_is_logged_in_any_more_after_a_logout(house: House, openid_client: NodeService) -> None:
    _discover(openid_client, house, "basic")
    with house.installation.citizen() as citizen:
        _log_in(openid_client, citizen)
        silently = _log_in(openid_client, citizen, parameters={"prompt": "none"})
        citizen.open(openid_client.do("log_out", return_to=house.registrations.logged_out_uri, state="s")["url"])
        with pytest.raises(NodeFailure) as refused:
            _log_in(openid_client, citizen, parameters={"prompt": "none"})

    assert silently["claims"]["iss"] == house.issuer
    assert refused.value.error == "login_required"


def test_pushes_its_request_and_authenticates_with_a_private_key(house: House, openid_client: NodeService) -> None:
    _discover(openid_client, house, "key", private_jwk=house.registrations.key.as_dict(private=True))
    with house.installation.citizen() as citizen:
        tokens = _log_in(openid_client, citizen, pushed=True)
    known = openid_client.do("introspect", token="access_token")
    refreshed = openid_client.do("refresh")

    assert known["active"] is True
    assert known["client_id"] == "key"
    assert known["sub"] == tokens["claims"]["sub"]
    assert known["iss"] == house.issuer
    assert refreshed["claims"]["sub"] == tokens["claims"]["sub"]


def test_is_refused_unpushed_where_it_registered_to_push(house: House, openid_client: NodeService) -> None:
    _discover(openid_client, house, "key", private_jwk=house.registrations.key.as_dict(private=True))
    with house.installation.citizen() as citizen, pytest.raises(NodeFailure) as refused:
        _log_in(openid_client, citizen)

    assert refused.value.error == "invalid_request"


def test_revokes_a_refresh_token_and_everything_that_came_from_it(house: House, openid_client: NodeService) -> None:
    _discover(openid_client, house, "basic")
    with house.installation.citizen() as citizen:
        _log_in(openid_client, citizen)
    openid_client.do("revoke", token="refresh_token")

    assert openid_client.do("introspect", token="refresh_token") == {"active": False}
    assert openid_client.do("introspect", token="access_token") == {"active": False}
    with pytest.raises(NodeFailure) as refused_userinfo:
        openid_client.do("userinfo")
    assert refused_userinfo.value.status == 401
    with pytest.raises(NodeFailure) as refused_refresh:
        openid_client.do("refresh")
    assert refused_refresh.value.error == "invalid_grant"


def test_gets_what_it_registered_for_an_rs256_id_token_and_signed_userinfo(
    house: House, openid_client: NodeService
) -> None:
    _discover(
        openid_client,
        house,
        "post",
        post=True,
        metadata={"id_token_signed_response_alg": "RS256", "userinfo_signed_response_alg": "ES256"},
    )
    with house.installation.citizen() as citizen:
        tokens = _log_in(openid_client, citizen)
    userinfo = openid_client.do("userinfo")

    assert userinfo["sub"] == tokens["claims"]["sub"]
    assert userinfo["iss"] == house.issuer
    assert userinfo["aud"] == "post"
    assert userinfo["name"] == citizen.persona["name"]


def test_is_told_when_a_citizen_refuses(house: House, openid_client: NodeService) -> None:
    _discover(openid_client, house, "basic")
    with house.installation.citizen("tone-marks") as citizen, pytest.raises(NodeFailure) as refused:
        _log_in(openid_client, citizen, approve=False)

    assert refused.value.error == "access_denied"


def _discover(service: NodeService, house: House, client_id: str, **task: Any) -> None:
    found = service.do(
        "discover",
        issuer=house.issuer,
        client_id=client_id,
        client_secret=house.registrations.client_secret,
        redirect_uri=house.registrations.redirect_uri,
        scope=SCOPE,
        **task,
    )
    assert found["issuer"] == house.issuer


def _log_in(service: NodeService, citizen: Citizen, *, approve: bool = True, **task: Any) -> dict[str, Any]:
    """From the authorization URL to validated tokens, the citizen walking through the pages."""
    arrived = citizen.log_in(service.do("begin", **task)["url"], approve=approve)
    if arrived.has("continue"):
        # The page that tells a refusal leads back to the service.
        arrived = citizen.follow(arrived, "continue")
    assert arrived.status == 0, f"{arrived}\n{arrived.text}"
    return service.do("finish", url=arrived.url)
