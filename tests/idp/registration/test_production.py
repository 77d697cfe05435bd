"""What belongs to a sandbox cannot be switched on where real citizens are."""

import base64
from typing import Any

import pytest
from pydantic import ValidationError

from idp.settings import Environment, Settings

_KEY = "k1:" + base64.urlsafe_b64encode(bytes(32)).decode()


def _production(**settings: Any) -> Settings:
    return Settings(
        issuer="https://id.example",
        environment=Environment.PRODUCTION,
        master_keys=_KEY,
        **settings,
    )


def test_a_production_provider_starts_without_them() -> None:
    assert _production().dynamic_registration == "off"


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"dynamic_registration": "open"}, id="registration by everybody"),
        pytest.param({"dynamic_registration": "token"}, id="registration with an initial access token"),
        pytest.param({"strangers_reach_allow_list": True}, id="our own addresses for strangers"),
        pytest.param({"request_uri_by_reference": True}, id="requests by reference"),
        pytest.param({"backchannel_requests_per_person": 21}, id="people who are worn down by requests"),
        pytest.param({"outbound_allow_list": "127.0.0.1:1"}, id="addresses inside the house"),
    ],
)
def test_a_production_provider_does_not_start_with(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="in production"):
        _production(**settings)
