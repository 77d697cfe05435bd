"""Who may not come in whatever their source says: the dead, and whoever is too young for this service or any."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from idp.authentication.recognising import check_admission
from idp.errors import DeceasedRefused, MinorRefused
from idp.identity.pivot import PivotIdentity
from idp.protocol.client import Client
from idp.protocol.client_metadata import parse_client

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()
HOA = PivotIdentity(name="Nguyễn Thị Hòa", birthdate="1984-03-12")


def service(minimum_age: int) -> Client:
    metadata = {
        "client_name": "Ủy ban nhân dân",
        "redirect_uris": ["https://town-hall.example/callback"],
        "minimum_age": minimum_age,
    }
    return parse_client("town-hall", metadata, sector="town-hall.example")


def admit(birthdate: str, *, client: Client | None = None, deceased: bool = False) -> None:
    check_admission(replace(HOA, birthdate=birthdate, deceased=deceased), client, minimum_age=14, now=NOW)


@pytest.mark.parametrize("birthdate", ["2012-11-22", "2013", "2012", "2026-11-21"])
def test_whoever_may_be_too_young_is_turned_away(birthdate: str) -> None:
    with pytest.raises(MinorRefused):
        admit(birthdate)


@pytest.mark.parametrize("birthdate", ["2012-11-21", "2011", "1948", "", "1970-02-30"])
def test_whoever_is_old_enough_or_has_no_date_comes_in(birthdate: str) -> None:
    admit(birthdate)


def test_a_service_asks_for_more_years_and_never_for_fewer() -> None:
    with pytest.raises(MinorRefused) as refused:
        admit("2009-01-01", client=service(18))
    assert refused.value.details == {"tuoi": 18}

    with pytest.raises(MinorRefused):
        admit("2013-01-01", client=service(10))


def test_a_death_comes_before_any_age() -> None:
    with pytest.raises(DeceasedRefused):
        admit("2020-01-01", deceased=True)
