"""Whatever becomes of people, in whatever order, a `sub` never comes to mean somebody else, and none is lost."""

import random

import pytest

from idp.identity.cases.case import CaseAction, CaseKind, open_case_writes
from idp.identity.cases.decisions import propose_action
from idp.identity.cases.search import case_by_id
from idp.identity.merging.merge import MergeBasis, MergeRefused, merge_people
from idp.identity.merging.retired_subjects import successor_of
from idp.identity.merging.split import SplitRefused, split_people
from idp.identity.person_state import standing_person
from idp.identity.protection.closing import close_account
from idp.protocol.client import Client
from idp.storage.database import Database
from tests.support.population import Population
from tests.support.sources import NOW

STEPS = 25


class Life:
    """People who log in, are merged, split and closed at random; what each service was told is remembered."""

    def __init__(self, population: Population, seed: int) -> None:
        self.population = population
        self.random = random.Random(seed)
        self.now = NOW
        self.people: list[str] = []
        self.clients: list[Client] = []
        self.told: dict[str, str] = {}
        """For whom each `sub` was first made: the person of the session at that time."""

    async def begin(self) -> None:
        self.clients = [await self.population.service(name) for name in ("town-hall", "school")]
        for _ in range(4):
            await self.birth()

    async def birth(self) -> None:
        name = f"p{len(self.people)}"
        self.people.append(await self.population.person(name, created_at=NOW - 9000 + len(self.people)))
        await self.population.link(name, f"link-{name}", source_id=f"source-{name}")

    async def log_in(self) -> None:
        """As the authorization endpoint does: the stored `sub`, else the derived one, which is then stored."""
        person = await standing_person(self.population.database, self.random.choice(self.people))
        if person is None or not person.is_active:
            return
        client, self.now = self.random.choice(self.clients), self.now + 1
        stored = await self.population.rows("subject_identifier", person_id=person.id, sector=client.sector)
        sub = str(stored[0]["sub"]) if stored else self.population.sub(person.id, client)
        session = await self.population.session(person.id, f"s{self.now}", at=self.now)
        if not stored:
            await self.population.grant(person.id, session, client)
        origin = self.told.setdefault(sub, person.id)
        owner = await standing_person(self.population.database, origin)
        assert owner is not None
        assert owner.id == person.id, "a service was told somebody else's sub"

    async def merge(self) -> None:
        one, other = self.random.sample(self.people, 2)
        case_id = await self.proposed(one, other, CaseAction.MERGE)
        try:
            await merge_people(
                self.population.database,
                self.population.vault,
                self.population.find_client,
                first_id=one,
                second_id=other,
                basis=MergeBasis.OPERATORS,
                case_id=case_id,
                by="binh",
                now=self.now,
            )
        except MergeRefused:
            return

    async def split(self) -> None:
        merges = [row for row in await self.population.rows("person_merge") if row["undone_at"] is None]
        if not merges:
            return
        merge = self.random.choice(merges)
        case_id = await self.proposed(str(merge["survivor_id"]), str(merge["absorbed_id"]), CaseAction.SPLIT)
        try:
            await split_people(
                self.population.database,
                self.population.vault,
                self.population.find_client,
                merge_id=str(merge["id"]),
                case_id=case_id,
                by="binh",
                now=self.now,
            )
        except SplitRefused:
            return

    async def close(self) -> None:
        person_id = self.random.choice(self.people)
        await close_account(
            self.population.database,
            self.population.vault,
            self.population.find_client,
            person_id=person_id,
            by="citizen",
            now=self.now,
        )

    async def proposed(self, one: str, other: str, action: CaseAction) -> str:
        self.now += 1
        case_id, database, vault = f"case{self.now}", self.population.database, self.population.vault
        await database.commit(
            *open_case_writes(
                vault,
                case_id=case_id,
                kind=CaseKind.SUPPORT,
                person_id=one,
                link_id=None,
                candidate_ids=[other],
                decision="support",
                now=self.now,
            )
        )
        case = await case_by_id(database, vault, case_id)
        assert case is not None
        await propose_action(database, case=case, action=action, by="an", now=self.now)
        return case_id

    async def check(self) -> None:
        """Every `sub` ever told is stored, once, and leads to where its person went."""
        rows = await self.population.rows("subject_identifier")
        holders = {str(row["sub"]): (str(row["person_id"]), str(row["sector"])) for row in rows}
        assert len(holders) == len(rows)
        for sub, origin in self.told.items():
            holder, sector = holders[sub]
            standing = await standing_person(self.population.database, origin)
            assert standing is not None
            owner = await standing_person(self.population.database, holder)
            assert owner is not None
            assert owner.id == standing.id, "held by somebody else"
            current = await self.population.rows("subject_identifier", person_id=standing.id, sector=sector)
            successor = await successor_of(self.population.database, sector=sector, sub=sub, now=self.now)
            if holder != standing.id:
                # Replaced: the look-up leads to what the sector is told of this person now.
                assert successor is not None
                assert successor.sub == current[0]["sub"]


@pytest.mark.parametrize("seed", range(4))
async def test_a_sub_means_one_person_for_ever(database: Database, seed: int) -> None:
    life = Life(Population(database), seed)
    await life.begin()
    for _ in range(STEPS):
        deed = life.random.choices(
            [life.log_in, life.merge, life.split, life.close, life.birth], weights=[10, 6, 4, 1, 1]
        )[0]
        await deed()
        await life.check()
