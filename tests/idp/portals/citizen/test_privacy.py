"""What services were told: read, proved by a signed receipt, and stopped."""

import json
from typing import Any

import pytest

from idp.protocol.client import LegalBasis
from idp.storage.database import Statement
from keys.algorithms import SignatureAlgorithm
from keys.verify import verify
from tests.support.account import Account
from tests.support.portal import form_of, send, visit
from tests.support.provider import Provider, RelyingPartyDriver

PLACE = "/me/privacy"


@pytest.fixture
async def town_hall(provider: Provider) -> RelyingPartyDriver:
    return await provider.register(backchannel_logout_uri="https://town-hall.example/logout")


def by_law(consent_id: str) -> Statement:
    return Statement("UPDATE consent SET legal_basis = 'law' WHERE id = $1", (consent_id,))


def checked(provider: Provider, token: str) -> dict[str, Any]:
    """The claims, verified as anybody can with the published keys."""
    return dict(
        verify(
            token,
            provider.services.configuration.key_ring,
            typ="consent-receipt+jwt",
            algorithms=(SignatureAlgorithm.ES256,),
        )
    )


async def _consent_id(account: Account) -> str:
    row = await account.provider.services.database.fetch_row(
        "SELECT id FROM consent WHERE person_id = $1 AND withdrawn_at IS NULL", account.person_id
    )
    assert row is not None
    return str(row["id"])


async def test_a_service_is_shown_with_what_it_learns_and_why(hoa: Account, town_hall: RelyingPartyDriver) -> None:
    await hoa.provider.consent("hoa", town_hall, released=("name", "family_name", "birthdate"))

    page = await visit(await hoa.browser(), PLACE)

    assert "Ủy ban nhân dân" in page.text
    assert "<dd>Họ, chữ đệm và tên; Ngày, tháng, năm sinh</dd>" in page.text
    assert "giải quyết hồ sơ" in page.text
    assert "Sự đồng ý của ông/bà" in page.text


async def test_withdrawing_ends_every_token_of_that_service_and_tells_it(
    hoa: Account, town_hall: RelyingPartyDriver
) -> None:
    browser = await hoa.browser(consenting_to=town_hall)
    tokens = await town_hall.log_in(browser, scope="openid profile offline_access")
    question = await visit(browser, f"{PLACE}/{await _consent_id(hoa)}/withdraw")

    answer = await send(browser, question)

    assert "Đã rút lại sự đồng ý." in answer.text
    assert (await town_hall.userinfo(tokens["access_token"])).status_code == 401
    assert (await town_hall.refresh(tokens["refresh_token"])).status_code == 400
    told = await hoa.provider.services.database.fetch_all("SELECT id FROM outbox WHERE kind = 'backchannel_logout'")
    assert len(told) == 1
    assert (await town_hall.authorize(browser)).headers["location"].startswith("/interactions/")


async def test_withdrawing_one_service_leaves_the_others_alone(hoa: Account, town_hall: RelyingPartyDriver) -> None:
    library = await hoa.provider.register("library")
    browser = await hoa.browser(consenting_to=library)
    tokens = await library.log_in(browser)
    await hoa.provider.consent("hoa", town_hall)
    row = await hoa.provider.services.database.fetch_row("SELECT id FROM consent WHERE client_id = 'town-hall'")
    assert row is not None

    await send(browser, await visit(browser, f"{PLACE}/{row['id']!s}/withdraw"))

    assert (await library.userinfo(tokens["access_token"])).status_code == 200


async def test_a_withdrawn_consent_stays_readable_and_cannot_be_withdrawn_twice(
    hoa: Account, town_hall: RelyingPartyDriver
) -> None:
    await hoa.provider.consent("hoa", town_hall)
    browser = await hoa.browser()
    path = f"{PLACE}/{await _consent_id(hoa)}"
    question = await visit(browser, f"{path}/withdraw")
    answer = await send(browser, question)

    again = await browser.post(*form_of(question.text))

    assert "<h2>Đã kết thúc</h2>" in answer.text
    assert again.headers["location"] == PLACE
    assert (await browser.get(f"{path}/receipt")).status_code == 200
    names = [row["event"] for row in await hoa.provider.events()]
    assert names.count("consent.withdrawn") == 1


async def test_what_a_law_allows_is_explained_and_not_withdrawn(hoa: Account, town_hall: RelyingPartyDriver) -> None:
    await hoa.provider.amend(
        town_hall, legal_basis=LegalBasis.LAW, legal_citation="Luật Cư trú", **{"legal_citation#en": "the Law"}
    )
    await hoa.provider.consent("hoa", town_hall)
    consent_id = await _consent_id(hoa)
    await hoa.provider.services.database.commit(by_law(consent_id))
    browser = await hoa.browser()

    page = await visit(browser, PLACE)

    assert "Theo Luật Cư trú; không cần sự đồng ý" in page.text
    assert f"{PLACE}/{consent_id}/withdraw" not in page.text
    assert (await browser.get(f"{PLACE}/{consent_id}/withdraw")).headers["location"] == PLACE


async def test_the_receipt_is_signed_by_our_ring_and_says_nothing_of_the_person(
    hoa: Account, town_hall: RelyingPartyDriver
) -> None:
    await hoa.provider.consent("hoa", town_hall, released=("name",))
    browser = await hoa.browser()
    consent_id = await _consent_id(hoa)

    answer = await visit(browser, f"{PLACE}/{consent_id}/receipt.jwt")

    assert answer.headers["content-type"] == "application/consent-receipt+jwt"
    assert answer.headers["content-disposition"] == 'attachment; filename="consent-receipt.jwt"'
    claims = checked(hoa.provider, answer.text)
    assert claims["iss"] == hoa.provider.issuer
    assert claims["jti"] == consent_id
    assert claims["pii_controller"]["client_id"] == "town-hall"
    assert claims["pii_shared"] == ["name"]
    assert claims["purpose"] == "giải quyết hồ sơ"
    assert claims["lawful_basis"] == "consent"
    assert claims["notice"] == {"version": "1", "language": "vi", "sha256": "aGFzaA"}
    assert claims["event"]["state"] == "given"
    assert "Hòa" not in json.dumps(claims, ensure_ascii=False)


async def test_the_printed_receipt_names_what_was_shared_and_what_was_kept(
    hoa: Account, town_hall: RelyingPartyDriver
) -> None:
    await hoa.provider.consent("hoa", town_hall, released=("name",))

    page = await visit(await hoa.browser(), f"{PLACE}/{await _consent_id(hoa)}/receipt")

    assert "Bản ghi nhận sự đồng ý" in page.text
    assert "Thông tin không đồng ý chia sẻ" in page.text
    assert b"hash".hex() in page.text


@pytest.mark.parametrize("what", ["withdraw", "receipt", "receipt.jwt"])
async def test_the_consent_of_somebody_else_is_not_found(
    hoa: Account, an: Account, town_hall: RelyingPartyDriver, what: str
) -> None:
    await hoa.provider.consent("hoa", town_hall)
    consent_id = await _consent_id(hoa)

    answer = await visit(await an.browser(), f"{PLACE}/{consent_id}/{what}")

    assert answer.status_code == 404
    assert await _consent_id(hoa) == consent_id
