"""A program for `test_kill`: commits a person and an audit entry, says so, and goes on until it is killed."""

import asyncio
import sys

from idp.audit.events import PersonCreated
from idp.audit.log import audit_entry
from idp.storage.database import Insert
from idp.storage.open import open_database


async def work(url: str, name: str) -> None:
    database = open_database(url)
    number = 0
    while True:
        number += 1
        person_id = f"{name}-{number}"
        await database.commit(
            Insert("person", {"id": person_id, "status": "active", "created_at": 1}),
            audit_entry(PersonCreated(person_id=person_id), now_ms=number),
        )
        print(person_id, flush=True)


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
