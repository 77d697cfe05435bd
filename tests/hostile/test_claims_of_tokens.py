"""What a signed token says is believed only as far as its kind goes: addressee, times, names. And clocks differ."""

import pytest

from tests.hostile.claims import bent_claims, good_clocks
from tests.hostile.kinds import Kind, Outcome
from tests.hostile.provider_kinds import PROVIDER_KINDS
from tests.hostile.rows import left, rows_of
from tests.support.provider import Provider


@pytest.mark.parametrize("kind", PROVIDER_KINDS, ids=str)
async def test_wrong_claims_are_refused_and_leave_one_event(
    provider: Provider, kind: Kind, subtests: pytest.Subtests
) -> None:
    reader, database = await kind.reader(provider), provider.services.database
    for name, bent in bent_claims(kind):
        with subtests.test(name):
            before = await rows_of(database)
            outcome = await reader.send(bent(reader.forge))
            after = await rows_of(database)

            assert outcome == Outcome(taken=False, error=kind.error)
            assert left(before, after) == ({"audit_entry": kind.events} if kind.events else {})


@pytest.mark.parametrize("kind", PROVIDER_KINDS, ids=str)
async def test_clocks_may_differ_by_ten_seconds(provider: Provider, kind: Kind, subtests: pytest.Subtests) -> None:
    reader = await kind.reader(provider)
    for name, ahead in good_clocks(kind):
        with subtests.test(name):
            assert (await reader.send(ahead(reader.forge))).taken
