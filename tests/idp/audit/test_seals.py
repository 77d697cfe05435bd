"""The six ways to tamper with the log, each found and named, on both databases."""

import base64
import hmac
import json
from collections.abc import Mapping

import pytest

from idp.audit.entries import COLUMNS
from idp.audit.events import ConsentGiven, InteractionStarted
from idp.audit.log import audit_entry
from idp.audit.seal import Seal
from idp.audit.seals import newest_seal, seal
from idp.audit.verification import Finding, Tampering, verify
from idp.storage.database import Database, Insert, Statement

LAG = 30_000
# Sealed in two stretches of six entries: 1,000 to 1,005 s and 2,000 to 2,005 s.
FIRST, SECOND = 1_000_000, 2_000_000


class FakeSigner:
    """Signs with a key that the database does not have."""

    kid = "key-1"

    def __init__(self, key: bytes = b"operator") -> None:
        self._key = key

    def sign(self, typ: str, claims: Mapping[str, object]) -> str:
        body = json.dumps({"typ": typ, **claims}, sort_keys=True)
        return f"{base64.b64encode(body.encode()).decode()}.{self._mac(body)}"

    def verify(self, signature: str, kid: str) -> Mapping[str, object] | None:
        body, _, mac = signature.partition(".")
        text = base64.b64decode(body).decode()
        if kid != self.kid or mac != self._mac(text):
            return None
        claims: dict[str, object] = json.loads(text)
        return claims if claims.pop("typ") == "audit-seal+jwt" else None

    def _mac(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), "sha256").hexdigest()


SIGNER = FakeSigner()


def entry(name: str, at_ms: int) -> Insert:
    event = (
        ConsentGiven(person_id=f"person-{name}", claims=("birthdate", "name"), legal_basis="consent")
        if name in "bdf"
        else InteractionStarted(interaction_id=name)
    )
    written = audit_entry(event, now_ms=at_ms)
    return Insert("audit_entry", {**written.values, "id": name})


async def write_log(database: Database) -> Seal:
    """Twelve entries under two seals; returns the newest seal."""
    for start, names in ((FIRST, "abcdef"), (SECOND, "ghijkl")):
        for offset, name in enumerate(names):
            await database.commit(entry(name, start + offset * 1000))
        assert await seal(database, SIGNER, start + 100_000) is not None
    newest = await newest_seal(database)
    assert newest is not None
    return newest


async def run(database: Database, text: str, *args: str | int | bytes | None) -> None:
    await database.commit(Statement(text, args))


async def findings(database: Database, head: Seal | None = None) -> list[Finding]:
    return await verify(database, SIGNER.verify, head.head() if head else None)


async def test_a_log_left_alone_has_nothing_to_find(database: Database) -> None:
    newest = await write_log(database)

    assert (newest.number, newest.entries) == (2, 6)
    assert await findings(database, newest) == []
    assert await findings(database) == []


async def test_a_younger_head_than_needed_does_no_harm(database: Database) -> None:
    await write_log(database)
    earlier = await newest_seal(database)
    await database.commit(entry("m", 3_000_000))
    assert await seal(database, SIGNER, 3_100_000) is not None

    assert await findings(database, earlier) == []


@pytest.mark.parametrize("column", [column for column in COLUMNS if column not in ("id", "recorded_at")])
async def test_a_changed_entry_is_found_whatever_was_changed(database: Database, column: str) -> None:
    await write_log(database)

    await run(database, f"UPDATE audit_entry SET {column} = $1 WHERE id = 'd'", "forged")

    assert await findings(database) == [Finding(Tampering.CHANGED, 1, 4, ("d",))]


async def test_a_deleted_entry_is_found(database: Database) -> None:
    await write_log(database)

    await run(database, "DELETE FROM audit_entry WHERE id = $1", "i")

    assert await findings(database) == [Finding(Tampering.DELETED, 2, 3)]


async def test_an_inserted_entry_is_found(database: Database) -> None:
    await write_log(database)

    await database.commit(entry("forged", FIRST + 2500))

    assert await findings(database) == [Finding(Tampering.INSERTED, 1, 4, ("forged",))]


@pytest.mark.parametrize("columns", [("person_id",), ("recorded_at",), ("person_id", "detail", "event")])
async def test_two_entries_that_changed_places_are_found(database: Database, columns: tuple[str, ...]) -> None:
    await write_log(database)
    rows = {
        str(row["id"]): row for row in await database.fetch_all("SELECT * FROM audit_entry WHERE id = 'b' OR id = 'e'")
    }

    for name, other in (("b", "e"), ("e", "b")):
        for column in columns:
            await run(database, f"UPDATE audit_entry SET {column} = $1 WHERE id = $2", rows[other][column], name)

    found = await findings(database)
    assert [(finding.kind, finding.seal, finding.position) for finding in found] == [(Tampering.SWAPPED, 1, 2)]
    assert set(found[0].entries) == {"b", "e"}


async def test_a_cut_tail_is_found_with_the_head_kept_elsewhere(database: Database) -> None:
    newest = await write_log(database)

    await run(database, "DELETE FROM audit_entry WHERE recorded_at >= $1", SECOND)
    assert [finding.kind for finding in await findings(database)] == [Tampering.DELETED] * 6
    await run(database, "DELETE FROM audit_seal WHERE number = $1", 2)

    assert await findings(database) == []
    assert await findings(database, newest) == [Finding(Tampering.TAIL_CUT, 2)]


async def test_a_log_rebuilt_without_the_key_is_found(database: Database) -> None:
    await write_log(database)
    await run(database, "DELETE FROM audit_seal WHERE number >= $1", 1)
    await run(database, "DELETE FROM audit_entry WHERE id = $1", "b")

    forger = FakeSigner(b"guessed")
    assert await seal(database, forger, FIRST + 100_000) is not None
    assert await seal(database, forger, SECOND + 100_000) is not None

    assert await findings(database) == [Finding(Tampering.REBUILT, 1), Finding(Tampering.REBUILT, 2)]


async def test_a_log_rebuilt_with_a_stolen_key_is_found_with_the_head_kept_elsewhere(database: Database) -> None:
    newest = await write_log(database)
    await run(database, "DELETE FROM audit_seal WHERE number >= $1", 1)
    await run(database, "DELETE FROM audit_entry WHERE id = $1", "b")
    assert await seal(database, SIGNER, FIRST + 100_000) is not None
    assert await seal(database, SIGNER, SECOND + 100_000) is not None

    assert await findings(database) == []
    assert await findings(database, newest) == [Finding(Tampering.REBUILT, 2)]


async def test_a_missing_seal_is_found(database: Database) -> None:
    await write_log(database)

    await run(database, "DELETE FROM audit_seal WHERE number = $1", 1)

    assert await findings(database) == [Finding(Tampering.DELETED, 1)]


@pytest.mark.parametrize(
    ("column", "value"), [("root", b"\x00" * 32), ("previous", b"\x01" * 32), ("until_ms", 1), ("entries", 5)]
)
async def test_a_changed_seal_is_found(database: Database, column: str, value: int | bytes) -> None:
    await write_log(database)

    await run(database, f"UPDATE audit_seal SET {column} = $1 WHERE number = 2", value)

    assert Finding(Tampering.REBUILT, 2) in await findings(database)


async def test_several_attacks_are_told_apart(database: Database) -> None:
    await write_log(database)

    await run(database, "UPDATE audit_entry SET event = $1 WHERE id = 'a'", "forged")
    await run(database, "DELETE FROM audit_entry WHERE id = $1", "f")
    await database.commit(entry("forged", SECOND + 100))

    assert await findings(database) == [
        Finding(Tampering.CHANGED, 1, 1, ("a",)),
        Finding(Tampering.DELETED, 1, 6),
        Finding(Tampering.INSERTED, 2, 2, ("forged",)),
    ]


async def test_entries_are_sealed_only_once_they_can_no_longer_be_joined_by_late_ones(database: Database) -> None:
    await database.commit(entry("a", FIRST), entry("b", FIRST + LAG))

    made = await seal(database, SIGNER, FIRST + LAG + 10_000)

    assert made is not None
    assert (made.entries, made.until_ms) == (1, FIRST + 10_000)


async def test_nothing_new_makes_no_seal(database: Database) -> None:
    assert await seal(database, SIGNER, FIRST) is None
    await write_log(database)

    assert await seal(database, SIGNER, SECOND + 200_000) is None
    assert await newest_seal(database) is not None


async def test_of_two_workers_that_seal_the_same_stretch_one_succeeds(database: Database) -> None:
    newest = await write_log(database)

    # What the slower worker would insert: it read the chain before the faster one had committed.
    await run(database, "DELETE FROM audit_seal WHERE number = 2")
    await database.commit(newest.insert())
    assert await seal(database, SIGNER, SECOND + 100_000) is None

    numbers = await database.fetch_all("SELECT number FROM audit_seal ORDER BY number")
    assert [row["number"] for row in numbers] == [1, 2]


async def test_a_stretch_longer_than_a_page_is_sealed_whole_with_many_entries_in_one_millisecond(
    database: Database,
) -> None:
    for start in range(0, 1201, 100):
        await database.commit(
            *(entry(f"entry-{number:05}", FIRST + number // 700) for number in range(start, start + 100))
        )

    made = await seal(database, SIGNER, FIRST + 100_000)

    assert made is not None
    assert made.entries == 1300
    assert await findings(database, made) == []
