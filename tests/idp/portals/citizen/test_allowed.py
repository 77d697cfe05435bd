"""What a person allowed a service to do, and where, is told on their own pages and in the receipt."""

from collections.abc import AsyncIterator

import pytest

from idp.storage.database import Database
from tests.idp.portals.citizen.test_privacy import PLACE, checked
from tests.support.account import Account, add_source
from tests.support.portal import send, visit
from tests.support.provider import running_provider
from tests.support.resources import (
    DECLARATION,
    OFFLINE,
    TAX,
    TYPES_FILE,
    Neighbourhood,
    allowed_code,
    allowed_tokens,
    details,
    introspected,
    neighbourhood,
)


@pytest.fixture
async def here(database: Database) -> AsyncIterator[Neighbourhood]:
    async with running_provider(database, authorization_details_types=TYPES_FILE) as provider:
        await add_source(provider, "tax", label="Mã số thuế", position=1)
        yield await neighbourhood(provider)


async def test_it_is_named_on_the_page_and_proved_by_the_receipt(here: Neighbourhood) -> None:
    hoa = Account(here.provider, "hoa")
    await hoa.link("hoa-tax", source_id="tax")
    browser = await hoa.browser(consenting_to=here.service)
    await allowed_code(here.service, browser, authorization_details=details(DECLARATION), resource=TAX)
    row = await here.provider.services.database.fetch_row(
        "SELECT id FROM consent WHERE client_id = 'one-stop' AND withdrawn_at IS NULL"
    )
    assert row is not None

    page = await visit(browser, PLACE)
    paper = await visit(browser, f"{PLACE}/{row['id']!s}/receipt")
    token = await visit(browser, f"{PLACE}/{row['id']!s}/receipt.jwt")
    claims = checked(here.provider, token.text)

    for shown in (page.text, paper.text):
        assert "Nộp tờ khai thuế" in shown
        assert "Cục Thuế" in shown
        assert "1234567" not in shown
    assert [detail["type"] for detail in claims["authorization_details"]] == ["tax_declaration"]
    assert claims["resources"] == [TAX]


async def test_what_was_allowed_is_taken_back_also_where_the_service_acts_by_law(here: Neighbourhood) -> None:
    await here.provider.amend(here.service, legal_basis="law", legal_citation="Luật 38/2019/QH14")
    hoa = Account(here.provider, "hoa")
    await hoa.link("hoa-tax", source_id="tax")
    browser = await hoa.browser(consenting_to=here.service)
    tokens = await allowed_tokens(here.service, browser, resource=TAX, scope=OFFLINE)
    row = await here.provider.services.database.fetch_row(
        "SELECT id FROM consent WHERE client_id = 'one-stop' AND withdrawn_at IS NULL"
    )
    assert row is not None

    await send(browser, await visit(browser, f"{PLACE}/{row['id']!s}/withdraw"))

    assert await introspected(here.tax, tokens["access_token"]) == {"active": False}
    assert (await here.service.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
