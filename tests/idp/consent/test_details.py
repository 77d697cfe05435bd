"""What a service asks to be allowed is written out by kind, in the person's language, and proved by a digest."""

from typing import Any

import pytest

from idp.authorization_server.detail_types_file import read_detail_types
from idp.consent.details import allowances_in, digest_of, places_in
from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.resource_servers import ResourceServers
from idp.web.i18n import Locale
from tests.support.clients import client
from tests.support.resources import DECLARATION, INSURANCE, RECORD, TAX, TYPES_FILE

_SERVERS = ResourceServers(
    by_resource={TAX: client(resource=TAX, client_name={"vi": "Cục Thuế", "en": "Tax office"})},
    detail_types=read_detail_types(TYPES_FILE),
    userinfo="https://idp.example/userinfo",
)


def asking(*details: dict[str, Any], **more: Any) -> AuthorizationRequest:
    return AuthorizationRequest(
        client_id="a", redirect_uri="https://a.example", authorization_details=details or None, **more
    )


@pytest.mark.parametrize(
    ("period", "vi", "en"),
    [
        ("2026", "cho năm 2026,", "for the year 2026,"),
        ("2026-Q4", "cho quý 4 năm 2026,", "for quarter 4 of 2026,"),
        ("2026-02", "cho tháng 02/2026,", "for 02/2026,"),
    ],
)
def test_a_period_is_said_as_people_say_it(period: str, vi: str, en: str) -> None:
    for locale, said in ((Locale.VI, vi), (Locale.EN, en)):
        (shown,) = allowances_in(asking({**DECLARATION, "period": period}), _SERVERS, locale)

        assert said in shown.sentence


def test_what_the_sentence_does_not_say_stands_beside_it() -> None:
    (shown,) = allowances_in(asking({**DECLARATION, "due": "2026-04-30", "reference": "A1"}), _SERVERS, Locale.EN)

    assert shown.facts == (("Due on", "30/04/2026"), ("File number", "A1"))
    assert (shown.place, shown.once) == ("Tax office", True)


def test_a_resource_server_that_is_gone_is_named_by_its_uri_and_a_type_that_is_gone_is_not_shown() -> None:
    shown = allowances_in(asking(RECORD, {"type": "gone"}), _SERVERS, Locale.VI)

    assert [view.place for view in shown] == [INSURANCE]


def test_places_are_those_that_no_sentence_tells_of() -> None:
    named = asking(resource=[TAX, _SERVERS.userinfo])

    assert places_in(named, _SERVERS, Locale.VI) == ["Cục Thuế"]
    assert places_in(asking(DECLARATION, resource=[TAX]), _SERVERS, Locale.VI) == []


def test_a_digest_is_of_the_content_and_not_of_its_order() -> None:
    turned = dict(reversed(DECLARATION.items()))

    assert digest_of(turned) == digest_of(DECLARATION) != digest_of({**DECLARATION, "amount": 1})
