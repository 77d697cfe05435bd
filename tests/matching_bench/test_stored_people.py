"""The real database that is filled for measuring holds what first logins would have left in it."""

from itertools import islice

import pytest

from examples.register_generator.faults import FaultRates
from examples.register_generator.numbers import Numbers
from examples.register_generator.people import draw_people
from idp.identity.decision_table import Decision
from idp.identity.recognition.candidate_search import find_candidates
from idp.identity.recognition.verdict import judge
from idp.storage.open import open_database
from tests.matching_bench.stored_people import fill, identity_of
from tests.support.postgresql import PostgresqlServer
from tests.support.sources import vault


@pytest.mark.postgresql
async def test_everybody_who_was_filled_in_is_found_and_linked(postgresql_server: PostgresqlServer) -> None:
    name = postgresql_server.fresh_database()
    people = list(islice(draw_people(40, seed=1, numbers=Numbers()), 40))
    await fill(postgresql_server.url(name), vault(), people[:30], FaultRates(), seed=1, filler=50)
    database = open_database(postgresql_server.url(name))
    decisions = []
    for person in people:
        identity = identity_of(person, FaultRates(), seed=1, what="looked up")
        decisions.append(judge(identity, await find_candidates(database, vault(), identity)).decision)
    await database.close()
    postgresql_server.drop_database(name)

    assert decisions == [Decision.LINK] * 30 + [Decision.NEW] * 10
