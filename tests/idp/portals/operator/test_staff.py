"""Operators as administrators see them, and who cannot be sent away."""

import asyncio

from idp.operators.permissions import Role
from tests.support.operators import operator_at_work
from tests.support.provider import Provider

STAFF = "/operator/operators"


async def _disabled(provider: Provider) -> set[str]:
    rows = await provider.services.database.fetch_all("SELECT label FROM operator WHERE disabled_at IS NOT NULL")
    return {str(row["label"]) for row in rows}


async def test_an_administrator_disables_and_enables_another_operator(provider: Provider) -> None:
    an = await operator_at_work(provider, "an", Role.ADMINISTRATOR)
    binh = await operator_at_work(provider, "binh", Role.SUPPORT)

    await an.press(STAFF, "change-binh")
    assert await _disabled(provider) == {"binh"}
    assert (await binh.get("/operator")).status_code == 403
    await an.press(STAFF, "change-binh")

    assert await _disabled(provider) == set()
    changed = [event["detail"] for event in await provider.events() if event["event"] == "operator.changed"]
    assert {(one["action"], one["by"], one["operator"]) for one in changed} == {
        ("disabled", an.operator_id, binh.operator_id),
        ("enabled", an.operator_id, binh.operator_id),
    }


async def test_the_last_administrator_stays(provider: Provider) -> None:
    an = await operator_at_work(provider, "an", Role.ADMINISTRATOR)

    answer = await an.press(STAFF, "change-an")

    assert answer.status_code == 409
    assert "quản trị viên cuối cùng" in answer.text
    assert await _disabled(provider) == set()


async def test_two_administrators_cannot_disable_each_other_at_once(provider: Provider) -> None:
    an = await operator_at_work(provider, "an", Role.ADMINISTRATOR)
    binh = await operator_at_work(provider, "binh", Role.ADMINISTRATOR)
    forms = [
        (one, (await one.page(STAFF)).buttons[f"change-{other.label}"].form) for one, other in ((an, binh), (binh, an))
    ]

    answers = await asyncio.gather(*(one.browser.post(form.action, form.fields) for one, form in forms))

    codes = sorted(answer.status_code for answer in answers)
    assert codes in ([303, 403], [303, 409])
    assert len(await _disabled(provider)) == 1
