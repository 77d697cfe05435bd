"""A merge and a split take two humans: not one operator twice, not one person under two labels."""

import asyncio
from dataclasses import replace

import pytest

from idp.operators.changes import give_roles
from idp.operators.permissions import Role
from idp.storage.database import Database, Insert, IntegrityConflict, Row, Statement, Value
from tests.idp.portals.operator.conftest import LAN_ELSEWHERE
from tests.support.interposed import Happening, Interposed
from tests.support.operators import OperatorAtWork, add_person, browser_of, operator_at_work, raise_case
from tests.support.provider import Provider, running_provider

WORDS = "Đã xem thẻ căn cước và giấy khai sinh tại quầy"


class Quick(Interposed):
    """A database in which something happens right before two people are read to be merged. Once."""

    before_merging: Happening | None = None

    async def fetch_row(self, text: str, *args: Value) -> Row | None:
        if self.before_merging is not None and text == "SELECT * FROM person WHERE id = $1":
            happening, self.before_merging = self.before_merging, None
            await happening()
        return await super().fetch_row(text, *args)


async def _proposed(provider: Provider, reference: str, label: str = "an") -> OperatorAtWork:
    an = await operator_at_work(provider, label, Role.SUPPORT)
    case = f"/operator/cases/{reference}"
    await an.look(case)
    assert (await an.press(case, "merge", candidate="1", words=WORDS)).status_code == 303
    return an


async def _confirm(operator: OperatorAtWork, reference: str) -> int:
    """As whoever kept the page open, or makes the form up: with the newest version, whatever the page offers."""
    case = f"/operator/cases/{reference}"
    page = await operator.page(case)
    form = page.buttons["refuse"].form
    return (await operator.browser.post(f"{case}/second", {**form.fields, "decision": "confirm"})).status_code


async def _person_status(provider: Provider, person_id: str) -> str:
    row = await provider.services.database.fetch_row("SELECT status FROM person WHERE id = $1", person_id)
    assert row is not None
    return str(row["status"])


async def _merges(provider: Provider) -> list[dict[str, object]]:
    return [dict(row) for row in await provider.services.database.fetch_all("SELECT * FROM person_merge")]


async def test_a_proposal_alone_merges_nobody(provider: Provider, reference: str) -> None:
    an = await _proposed(provider, reference)

    page = (await an.get(f"/operator/cases/{reference}")).text

    assert "Chờ người thứ hai" in page
    assert await _merges(provider) == []
    assert await _person_status(provider, "lan-elsewhere") == "active"


async def test_a_second_operator_sees_the_reasons_and_carries_it_out(provider: Provider, reference: str) -> None:
    an = await _proposed(provider, reference)
    binh = await operator_at_work(provider, "binh", Role.SUPPORT)
    case = f"/operator/cases/{reference}"
    assert WORDS not in (await binh.get(case)).text
    await binh.look(case)
    assert WORDS in (await binh.get(case)).text

    answer = await binh.press(case, "confirm")

    assert answer.status_code == 303
    (merge,) = await _merges(provider)
    assert merge["basis"] == "operators"
    assert merge["merged_by"] == binh.operator_id
    row = await provider.services.database.fetch_row("SELECT * FROM linking_case WHERE reference = $1", reference)
    assert row is not None
    assert (row["outcome"], row["proposed_by"], row["decided_by"]) == ("merged", an.operator_id, binh.operator_id)
    assert {await _person_status(provider, one) for one in ("lan", "lan-elsewhere")} == {"active", "merged"}


async def test_a_second_operator_who_did_not_look_confirms_nothing(provider: Provider, reference: str) -> None:
    await _proposed(provider, reference)
    binh = await operator_at_work(provider, "binh", Role.SUPPORT)

    answer = await binh.press(f"/operator/cases/{reference}", "confirm")

    assert answer.status_code == 409
    assert "trước khi quyết định" in answer.text
    assert await _merges(provider) == []


async def test_the_same_operator_cannot_second_in_any_browser(provider: Provider, reference: str) -> None:
    an = await _proposed(provider, reference)
    elsewhere = replace(an, browser=await browser_of(provider, an.person_id))
    await elsewhere.look(f"/operator/cases/{reference}")

    page = await elsewhere.page(f"/operator/cases/{reference}")

    assert "confirm" not in page.hooks
    assert "không thể tự xác nhận" in page.text
    assert await _confirm(an, reference) == 409
    assert await _confirm(elsewhere, reference) == 409
    assert await _merges(provider) == []


async def test_one_person_is_never_two_operators(provider: Provider) -> None:
    await operator_at_work(provider, "an", Role.SUPPORT, person_id="an")

    with pytest.raises(IntegrityConflict):
        await operator_at_work(provider, "an-hai", Role.SUPPORT, person_id="an")


async def test_the_same_human_under_another_label_cannot_second(provider: Provider, reference: str) -> None:
    """Two people of one human, merged before: the second operator is the first one's other half."""
    an = await _proposed(provider, reference)
    twin = await operator_at_work(provider, "an-hai", Role.SUPPORT)
    await provider.services.database.commit(
        Insert(
            "person_merge",
            {
                "id": "merge",
                "survivor_id": an.person_id,
                "absorbed_id": twin.person_id,
                "basis": "proof_at_both_ends",
                "moved": "{}",
                "merged_at": 1,
                "merged_by": "login",
            },
        )
    )
    await twin.look(f"/operator/cases/{reference}")

    assert await _confirm(twin, reference) == 409
    assert await _merges(provider) != []  # their own
    assert await _person_status(provider, "lan-elsewhere") == "active"


async def test_an_open_doubt_about_two_operators_being_one_is_enough(provider: Provider, reference: str) -> None:
    an = await _proposed(provider, reference)
    double = await operator_at_work(provider, "an-hai", Role.SUPPORT)
    await raise_case(provider.services, double.person_id, an.person_id)
    await double.look(f"/operator/cases/{reference}")

    page = await double.page(f"/operator/cases/{reference}")

    assert "có thể là cùng một người" in page.text
    assert await _confirm(double, reference) == 409
    assert await _merges(provider) == []


async def test_the_proposal_of_somebody_who_left_can_only_be_refused(provider: Provider, reference: str) -> None:
    await _proposed(provider, reference)
    await provider.services.database.commit(Statement("UPDATE operator SET disabled_at = 1 WHERE label = 'an'"))
    binh = await operator_at_work(provider, "binh", Role.SUPPORT)
    await binh.look(f"/operator/cases/{reference}")

    assert await _confirm(binh, reference) == 409
    await binh.press(f"/operator/cases/{reference}", "refuse", words="Người đề xuất đã nghỉ")

    row = await provider.services.database.fetch_row("SELECT status FROM linking_case WHERE reference = $1", reference)
    assert row is not None
    assert row["status"] == "open"
    assert await _merges(provider) == []


async def test_a_refusal_says_why_and_opens_the_case_again(provider: Provider, reference: str) -> None:
    await _proposed(provider, reference)
    binh = await operator_at_work(provider, "binh", Role.SUPPORT)
    case = f"/operator/cases/{reference}"
    assert (await binh.press(case, "refuse")).status_code == 409

    await binh.press(case, "refuse", words="Ảnh không giống")

    assert "Ảnh không giống" not in (await binh.get(case)).text
    await binh.look(case)
    page = (await binh.get(case)).text
    assert "Ảnh không giống" in page
    assert "Chưa xử lý" in page


async def test_nobody_slips_another_candidate_under_a_proposal(provider: Provider) -> None:
    await add_person(provider.services, "lan", LAN_ELSEWHERE)
    await add_person(provider.services, "hoa", LAN_ELSEWHERE)
    await add_person(provider.services, "mai", LAN_ELSEWHERE, status="proposed")
    reference = await raise_case(provider.services, "mai", "lan", "hoa")
    binh = await operator_at_work(provider, "binh", Role.SUPPORT)
    case = f"/operator/cases/{reference}"
    await binh.look(case)
    await _proposed(provider, reference)
    version = await _version(provider, reference)
    token = await binh.form_token(f"{case}/merge")

    slipped = await binh.browser.post(
        f"{case}/merge", {"csrf": token, "version": str(version), "candidate": "2", "words": "x"}
    )
    await binh.press(case, "confirm")

    assert slipped.status_code == 409
    (merge,) = await _merges(provider)
    assert {merge["survivor_id"], merge["absorbed_id"]} == {"mai", "lan"}


async def test_a_second_carries_out_what_they_saw_and_nothing_proposed_since(database: Database) -> None:
    """Refused and proposed anew, with the other candidate, between the look at the case and the merge itself."""
    quick = Quick(database)
    async with running_provider(quick) as provider:
        for name in ("lan", "hoa"):
            await add_person(provider.services, name, LAN_ELSEWHERE)
        await add_person(provider.services, "mai", LAN_ELSEWHERE, status="proposed")
        reference = await raise_case(provider.services, "mai", "lan", "hoa")
        await _proposed(provider, reference)
        binh, chi = [await operator_at_work(provider, label, Role.SUPPORT) for label in ("binh", "chi")]
        case = f"/operator/cases/{reference}"
        for one in (binh, chi):
            await one.look(case)

        async def somebody_quicker() -> None:
            await chi.press(case, "refuse", words="Nhầm người")
            await chi.press(case, "merge", candidate="2", words=WORDS)

        quick.before_merging = somebody_quicker
        answer = await binh.press(case, "confirm")

        assert quick.before_merging is None
        assert answer.status_code == 409
        assert await _merges(provider) == []


async def test_who_may_not_propose_any_more_is_no_first_half(provider: Provider, reference: str) -> None:
    await _proposed(provider, reference)
    await give_roles(provider.services.database, "an", roles=[Role.VIEWER], by="cli:test", now=int(provider.clock()))
    binh = await operator_at_work(provider, "binh", Role.SUPPORT)
    await binh.look(f"/operator/cases/{reference}")

    assert await _confirm(binh, reference) == 409
    assert await _merges(provider) == []


async def test_a_doubt_withdrawn_by_its_person_does_not_make_two_humans_of_one(
    provider: Provider, reference: str
) -> None:
    an = await _proposed(provider, reference)
    double = await operator_at_work(provider, "an-hai", Role.SUPPORT)
    doubt = await raise_case(provider.services, double.person_id, an.person_id)
    await provider.services.database.commit(
        Statement("UPDATE linking_case SET status = 'withdrawn', decided_at = 1 WHERE reference = $1", (doubt,))
    )
    await double.look(f"/operator/cases/{reference}")

    assert await _confirm(double, reference) == 409
    assert await _merges(provider) == []


async def test_of_two_seconds_at_once_one_carries_it_out(provider: Provider, reference: str) -> None:
    await _proposed(provider, reference)
    seconds = [await operator_at_work(provider, label, Role.SUPPORT) for label in ("binh", "chi")]
    for one in seconds:
        await one.look(f"/operator/cases/{reference}")

    answers = await asyncio.gather(*(_confirm(one, reference) for one in seconds))

    assert sorted(answers) == [303, 409]
    assert len(await _merges(provider)) == 1


async def test_a_merge_is_taken_back_by_two_as_well(provider: Provider, reference: str) -> None:
    await _proposed(provider, reference)
    binh = await operator_at_work(provider, "binh", Role.SECURITY)
    await binh.look(f"/operator/cases/{reference}")
    await binh.press(f"/operator/cases/{reference}", "confirm")
    (merge,) = await _merges(provider)
    person = f"/operator/people/{merge['survivor_id']}"
    await binh.look(person, "request")

    proposal = await binh.press(person, "split", words="Hai chị em sinh đôi")
    case = proposal.headers["location"]
    assert await _person_status(provider, str(merge["absorbed_id"])) == "merged"
    assert await _confirm(binh, case.rpartition("/")[2]) == 409
    chi = await operator_at_work(provider, "chi", Role.SUPPORT)
    await chi.look(case)
    assert "Hai chị em sinh đôi" in (await chi.get(case)).text
    answer = await chi.press(case, "confirm")

    assert answer.status_code == 303
    (undone,) = await _merges(provider)
    assert undone["undone_by"] == chi.operator_id
    assert await _person_status(provider, str(merge["absorbed_id"])) == "active"


async def _version(provider: Provider, reference: str) -> int:
    row = await provider.services.database.fetch_row("SELECT version FROM linking_case WHERE reference = $1", reference)
    assert row is not None
    return int(row["version"] or 0)
