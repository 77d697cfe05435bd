"""What is offered to somebody whose login is not enough yet: only what can bring it there."""

from typing import Any

import pytest

from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.factors import Factor, FactorCategory
from idp.protocol.levels import LevelOfAssurance
from idp.protocol.reach import APP, Way, can_help
from tests.support.clients import REGISTERED_URI, client

NOW = 1_800_000_000
LOW, SUBSTANTIAL, _ = LevelOfAssurance
TAX = Way("tax", SUBSTANTIAL, None)
INSURANCE = Way("social-insurance", SUBSTANTIAL, FactorCategory.POSSESSION)
MOBILE = Way("mobile", LOW, FactorCategory.POSSESSION)
LIBRARY = Way("library", LOW, None)


def done(source: str, *amr: str, level: LevelOfAssurance = SUBSTANTIAL, at: int = NOW) -> Factor:
    return Factor(source_id=source, link_id="l", person_id="p", amr=amr, level=level, at=at)


PASSWORD = done("tax", "pwd")
SMS = done("mobile", "otp", "sms", level=LOW)


@pytest.mark.parametrize(
    ("acr", "factors", "has_app", "helping"),
    [
        pytest.param(None, (), False, (TAX, INSURANCE, MOBILE, LIBRARY), id="nothing is asked"),
        pytest.param("eidas2", (), False, (TAX, INSURANCE), id="only what is trusted as far"),
        pytest.param("eidas2", (), True, (TAX, INSURANCE, LIBRARY), id="with an app, also what is not a phone"),
        pytest.param("eidas2", (SMS,), False, (TAX, INSURANCE, LIBRARY), id="after a code by SMS"),
        pytest.param("nd69-02", (), False, (TAX, INSURANCE), id="the first of two"),
        pytest.param("nd69-02", (PASSWORD,), False, (INSURANCE, MOBILE, LIBRARY, APP), id="the second of two"),
        pytest.param(
            "nd69-02", (done("social-insurance", "otp"),), False, (TAX, LIBRARY), id="a second kind, not a second code"
        ),
        pytest.param(
            "nd69-02", (done("tax", "pwd", at=NOW - 601),), False, (TAX, INSURANCE), id="the first was too long ago"
        ),
        pytest.param("eidas3", (PASSWORD,), True, (), id="nothing here is high"),
        pytest.param("eidas2", (PASSWORD,), False, (TAX, INSURANCE), id="what was enough is asked for anew"),
    ],
)
def test_helps(acr: str | None, factors: tuple[Factor, ...], has_app: bool, helping: tuple[Way, ...]) -> None:
    values: dict[str, Any] = {"client_id": "town-hall", "redirect_uri": REGISTERED_URI, "acr_values": acr}
    request = AuthorizationRequest(**values)
    ways = (TAX, INSURANCE, MOBILE, LIBRARY, *((APP,) if factors else ()))

    found = [way for way in ways if can_help(way, request, client(), factors, has_app=has_app, now=NOW)]

    assert found == list(helping)


def test_a_source_the_service_does_not_accept_never_helps() -> None:
    request = AuthorizationRequest(client_id="town-hall", redirect_uri=REGISTERED_URI)

    assert not can_help(TAX, request, client(allowed_sources=frozenset({"mobile"})), now=NOW)
