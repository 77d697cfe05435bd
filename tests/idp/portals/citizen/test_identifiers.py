"""One's numbers: masked, once each, with where they came from."""

from dataclasses import replace

from idp.identity.links import LinkStatus
from tests.support.account import Account
from tests.support.portal import visit
from tests.support.provider import HOA


async def test_numbers_are_masked_and_named_with_their_sources(hoa: Account) -> None:
    identity = replace(HOA, tax_code="9900000014", social_insurance_number="9912345678")
    await hoa.link("hoa-insurance", source_id="insurance", identity=identity)

    page = await visit(await hoa.browser(), "/me/identifiers")

    for number in (HOA.personal_id, HOA.phone_number, "9900000014", "9912345678", "0530000001"):
        assert str(number) not in page.text
    assert "099 *** *** 011" in page.text
    assert page.text.count("Số định danh cá nhân") == 1
    assert "Thông tin do Mã số bảo hiểm xã hội, Số điện thoại, Mã số thuế cung cấp." in page.text


async def test_what_an_unlinked_source_said_is_not_shown(an: Account) -> None:
    await an.link(
        "an-gone",
        source_id="insurance",
        status=LinkStatus.REMOVED,
        identity=replace(HOA, social_insurance_number="9912345678"),
    )

    assert "Mã số bảo hiểm xã hội" not in (await visit(await an.browser(), "/me/identifiers")).text
