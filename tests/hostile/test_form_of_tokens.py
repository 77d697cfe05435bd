"""Whatever a token is for, and however it is bent: the specification's error, one audit event, and nothing else."""

import pytest

from tests.hostile.forge import FORMS
from tests.hostile.kinds import Kind, Outcome, sent_good
from tests.hostile.provider_kinds import PROVIDER_KINDS
from tests.hostile.rows import left, rows_of
from tests.support.provider import Provider


@pytest.mark.parametrize("kind", PROVIDER_KINDS, ids=str)
async def test_a_good_token_is_taken(provider: Provider, kind: Kind) -> None:
    assert (await sent_good(await kind.reader(provider))).taken


@pytest.mark.parametrize("kind", PROVIDER_KINDS, ids=str)
async def test_a_bent_token_is_refused_and_leaves_one_event(
    provider: Provider, kind: Kind, subtests: pytest.Subtests
) -> None:
    reader, database = await kind.reader(provider), provider.services.database
    for name, bent in FORMS.items():
        if name in kind.exempt:
            continue
        with subtests.test(name):
            before = await rows_of(database)
            outcome = await reader.send(bent(reader.forge))
            after = await rows_of(database)

            assert outcome == Outcome(taken=False, error=kind.error)
            assert left(before, after) == ({"audit_entry": kind.events} if kind.events else {})
    assert (await sent_good(reader)).taken, "a good one is still taken"
