"""The benchmark measures the provider: its store in memory answers as the real one does."""

from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from examples.register_generator.faults import read_rates
from examples.register_generator.output import Recipe, write_registers
from idp.authentication.contract import AuthenticationResult
from idp.identity.recognition.recognising import recognise
from idp.identity.succession.supersessions import recorded_pair
from idp.protocol.levels import LevelOfAssurance
from idp.storage.database import Database
from tests.matching_bench.imported import Imported, read_register, read_superseded
from tests.matching_bench.store import Store
from tests.support.sources import NOW, vault


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Namesakes, twins and re-issued numbers above all, with three times the usual mistakes."""
    folder = tmp_path_factory.mktemp("registers")
    write_registers(Recipe(people=20, seed=5, rates=read_rates(), factor=3), folder)
    return folder


def _login(record: Imported, register: str) -> AuthenticationResult:
    values: dict[str, Any] = {
        "source_id": register,
        "source_subject": record.record_id,
        "identity": record.identity(),
        "amr": ("pwd",),
        "level": LevelOfAssurance.SUBSTANTIAL,
        "identity_level": "substantial",
        "authenticated_at": NOW,
    }
    return AuthenticationResult(**values)


async def test_in_memory_everybody_is_recognised_as_in_a_database(folder: Path, sqlite_database: Database) -> None:
    store, keys = Store(read_superseded(folder)), vault()
    for old, new in read_superseded(folder):
        await sqlite_database.commit(*recorded_pair(keys, old, new, now=NOW))
    people: dict[str, int] = {}
    for register in ("tax", "insurance", "phone"):
        records = list(read_register(folder, register))
        for record in [*islice(records, 90), *records[560:600]]:
            real = await recognise(sqlite_database, keys, _login(record, register), now=NOW)
            verdict = store.recognise(record)
            person = store.person_of[-1]
            assert (record.record_id, real.decision) == (record.record_id, verdict.decision)
            assert people.setdefault(real.person_id, person) == person
    assert len(set(people.values())) == len(people) > 150
