"""A program for `test_merges_killed`: merges one pair after another, says so, and goes on until it is killed."""

import asyncio
import sys

from idp.identity.merging.merge import MergeBasis, merge_people
from idp.identity.protection.happenings import Happening
from idp.storage.database import Write
from idp.storage.open import open_database
from idp.storage.outbox import enqueue
from tests.support.population import Population
from tests.support.sources import NOW


async def work(url: str, pairs: int) -> None:
    database = open_database(url)
    population = Population(database)
    for number in range(pairs):

        def tell(happening: Happening, number: int = number) -> list[Write]:
            return [enqueue("sms", b"", id=f"notice-{number}", now=NOW, vault=population.vault)]

        await merge_people(
            database,
            population.vault,
            population.find_client,
            first_id=f"old-{number}",
            second_id=f"new-{number}",
            basis=MergeBasis.PROOF_AT_BOTH_ENDS,
            case_id=None,
            by="citizen",
            tell=tell,
            now=NOW,
        )
        print(number, flush=True)


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], int(sys.argv[2])))
