"""The doubts that recognition itself raises, as an operator reads them."""

from dataclasses import replace

import pytest

from idp.operators.permissions import Role
from tests.idp.identity.test_recognition import HOA, recognised, seen
from tests.support.operators import operator_at_work
from tests.support.provider import Provider


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param(
            {"personal_id": None}, ("Thiếu số định danh, họ tên và ngày sinh giống nhau", "? thiếu một bên"), id="PROVE"
        ),
        pytest.param({"name": "Nguyễn Thị Hóa"}, ("dấu khác nhau: hai tên khác nhau", "≠ khác"), id="REVIEW"),
        pytest.param({"birthdate": "1984-12-03"}, ("Ngày và tháng sinh đảo nhau", "≠ khác"), id="swapped"),
    ],
)
async def test_what_recognition_could_not_decide_is_explained(
    provider: Provider, change: dict[str, str | None], says: tuple[str, ...]
) -> None:
    database = provider.services.database
    await recognised(database, seen())
    other = replace(HOA, **change)  # type: ignore[arg-type]  # one field at a time, of its own type
    await recognised(database, seen(other, source="social-insurance", subject="i-9"))
    an = await operator_at_work(provider, "an", Role.SUPPORT)
    queue = await an.page("/operator")
    reference = queue.text.split("/operator/cases/")[1].split('"')[0]

    page = (await an.get(f"/operator/cases/{reference}")).text

    assert all(sentence in page for sentence in says)
    assert HOA.name not in page
    await an.look(f"/operator/cases/{reference}")
    assert HOA.name in (await an.get(f"/operator/cases/{reference}")).text
