"""openid-client and oauth4webapi in FAPI 2 mode: requests pushed, clients and tokens bound to keys; for message
signing, requests and answers signed as well. On both databases.

The libraries validate by themselves what they receive: `iss`, state, nonce, signatures, the JWT of an answer, `sub`.
"""

from typing import Any

import pytest

from tests.interop.conftest import House
from tests.interop.node_service import NodeFailure, NodeService
from tests.interop.registrations import FAPI_PROFILES, SCOPE
from tests.support.citizen import Citizen

pytestmark = pytest.mark.interop


@pytest.mark.parametrize("profile", FAPI_PROFILES)
def test_logs_in_reads_userinfo_refreshes_and_logs_out(house: House, fapi_service: NodeService, profile: str) -> None:
    signs = profile == "fapi2-message-signing"
    _discover(fapi_service, house, profile, signs=signs)
    with house.installation.citizen() as citizen:
        tokens = _log_in(fapi_service, citizen, signs=signs)
        userinfo = fapi_service.do("userinfo")
        with pytest.raises(NodeFailure) as without_key:
            fapi_service.do("userinfo_without_key")
        refreshed = fapi_service.do("refresh")
        userinfo_again = fapi_service.do("userinfo")
        asked = fapi_service.do("log_out", return_to=house.registrations.secure_logged_out_uri, state="state-of-logout")
        logged_out = citizen.open(asked["url"])
        with pytest.raises(NodeFailure) as refused:
            _log_in(fapi_service, citizen, signs=signs, parameters={"prompt": "none"})

    assert tokens["token_type"].lower() == "dpop"
    assert tokens["claims"]["acr"] == "eidas2"
    assert tokens["claims"]["sub"] == userinfo["sub"] == refreshed["claims"]["sub"]
    assert userinfo["name"] == citizen.persona["name"]
    assert without_key.value.status == 401
    assert refreshed["access_token"] != tokens["access_token"]
    assert refreshed["refresh_token"] == tokens["refresh_token"], "bound to a key: nothing is gained by rotation"
    assert userinfo_again == userinfo
    assert logged_out.url == f"{house.registrations.secure_logged_out_uri}?state=state-of-logout"
    assert refused.value.error == "login_required"


def test_is_refused_what_the_profile_does_not_allow(house: House, fapi_service: NodeService) -> None:
    """Message signing: a request that is not signed."""
    _discover(fapi_service, house, "fapi2-message-signing", signs=False)

    with pytest.raises(NodeFailure) as refused:
        fapi_service.do("begin", pushed=True, signs=False)

    assert refused.value.error == "invalid_request"


def test_revokes_a_bound_token(house: House, fapi_service: NodeService) -> None:
    _discover(fapi_service, house, "fapi2", signs=False)
    with house.installation.citizen() as citizen:
        _log_in(fapi_service, citizen, signs=False)
    known = fapi_service.do("introspect", token="access_token")
    fapi_service.do("revoke", token="refresh_token")

    assert known["active"] is True
    assert known["token_type"] == "DPoP"
    assert known["cnf"]["jkt"]
    assert fapi_service.do("introspect", token="access_token") == {"active": False}


def _discover(service: NodeService, house: House, profile: str, *, signs: bool) -> None:
    found = service.do(
        "discover",
        issuer=house.issuer,
        client_id=profile,
        private_jwk=house.registrations.key.as_dict(private=True),
        redirect_uri=house.registrations.secure_redirect_uri,
        scope=SCOPE,
        dpop=True,
        signs=signs,
        # What the service registered; else the libraries expect the standard's RS256.
        metadata={"id_token_signed_response_alg": "ES256", "authorization_signed_response_alg": "ES256"},
    )
    assert found["issuer"] == house.issuer


def _log_in(service: NodeService, citizen: Citizen, *, signs: bool, **task: Any) -> dict[str, Any]:
    arrived = citizen.log_in(service.do("begin", pushed=True, signs=signs, **task)["url"])
    assert arrived.status == 0, f"{arrived}\n{arrived.text}"
    return service.do("finish", url=arrived.url)
