"""What the page of consent shows, row by row, and what ticking it lets through."""

from collections.abc import Mapping
from typing import Any

import pytest

from idp.consent.presentation import released_claims, rows_for
from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.client import Client
from idp.web.i18n import Locale

HOA = {
    "name": "Nguyễn Thị Hòa",
    "family_name": "Nguyễn",
    "given_name": "Hòa",
    "gender": "female",
    "birthdate": "1984-03-12",
    "phone_number": "+84530000001",
}


def _client(**changes: Any) -> Client:
    return Client(
        **{
            "client_id": "town-hall",
            "client_name": {"vi": "Ủy ban"},
            "organisation": {},
            "redirect_uris": ("https://town-hall.example/callback",),
            "sector": "town-hall.example",
            "scope": frozenset({"openid", "profile", "phone", "email"}),
            **changes,
        }
    )


def _request(scope: str, claims: Mapping[str, Any] | None = None) -> AuthorizationRequest:
    return AuthorizationRequest(
        client_id="town-hall", redirect_uri="https://town-hall.example/callback", scope=scope, claims=claims
    )


def _shown(scope: str, known: Mapping[str, str], **changes: Any) -> dict[str, str]:
    rows = rows_for(_request(scope), _client(**changes), known, source_label="Mã số thuế", locale=Locale.VI)
    return {row.claim: row.value for row in rows}


def test_the_parts_of_a_name_are_one_row() -> None:
    assert list(_shown("openid profile", HOA)) == ["name", "gender", "birthdate"]


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        pytest.param("birthdate", "12/03/1984", id="a date as people here write it"),
        pytest.param("gender", "Nữ", id="a word, not a code"),
        pytest.param("phone_number", "053 000 0001", id="a number as it is dialled"),
    ],
)
def test_values_are_readable(claim: str, value: str) -> None:
    assert _shown("openid profile phone", HOA)[claim] == value


def test_a_year_only_birth_date_stays_a_year() -> None:
    assert _shown("openid profile", {**HOA, "birthdate": "1948"})["birthdate"] == "1948"


def test_what_a_source_does_not_know_is_said_and_not_put_in_its_mouth() -> None:
    rows = rows_for(_request("openid email"), _client(), HOA, source_label="Mã số thuế", locale=Locale.VI)

    assert [(row.claim, row.source_label) for row in rows] == [("email", "")]


def test_nobody_ticks_a_box_behind_which_there_is_nothing() -> None:
    assert _shown("openid email", HOA, optional_claims=frozenset({"email"})) == {}


def test_an_optional_claim_is_let_through_only_when_it_was_ticked() -> None:
    client = _client(optional_claims=frozenset({"phone_number"}))
    request = _request("openid profile phone")

    without = released_claims(request, client, [])
    ticked = released_claims(request, client, ["phone_number"])

    assert "name" in without
    assert "phone_number" not in without
    assert {"phone_number", "phone_number_verified"} <= ticked


def test_a_claim_that_was_never_shown_cannot_be_ticked() -> None:
    assert "email" not in released_claims(_request("openid profile"), _client(), ["email"])


def test_a_claim_asked_for_by_name_as_voluntary_is_optional() -> None:
    request = _request("openid", {"userinfo": {"name": None, "birthdate": {"essential": True}}})

    assert "name" not in released_claims(request, _client(), [])
    assert "birthdate" in released_claims(request, _client(), [])
