"""Two workers and one database: what must happen once happens once, and a worker that dies takes nothing with it."""

import asyncio
import os
import signal
from collections import Counter

import httpx2
import pytest

from idp.audit.events import TokensIssued
from idp.storage.open import open_database
from tests.interop.conftest import House
from tests.interop.load import Load
from tests.support.citizen import answer_of
from tests.support.service import Service

pytestmark = pytest.mark.interop

TOGETHER = 64
PARTIES = 8


async def test_of_64_redemptions_of_one_code_at_once_one_succeeds(house: House, service: Service) -> None:
    code = _code(house, service)

    answers = await asyncio.gather(*(service.redeem(code) for _ in range(TOGETHER)))

    assert _outcomes(answers) == {"200": 1, "invalid_grant": TOGETHER - 1}
    [tokens] = [answer.json() for answer in answers if answer.status_code == 200]
    # The others were replays: whoever got tokens may have been the thief.
    assert (await service.userinfo(tokens["access_token"])).status_code == 401
    assert _outcomes([await service.refresh(tokens["refresh_token"])]) == {"invalid_grant": 1}


async def test_of_64_refreshes_of_one_token_at_once_one_succeeds(house: House, service: Service) -> None:
    first = (await service.redeem(_code(house, service))).json()

    answers = await asyncio.gather(*(service.refresh(first["refresh_token"]) for _ in range(TOGETHER)))

    assert _outcomes(answers) == {"200": 1, "invalid_grant": TOGETHER - 1}
    [tokens] = [answer.json() for answer in answers if answer.status_code == 200]
    assert (await service.userinfo(tokens["access_token"])).status_code == 401
    assert _outcomes([await service.refresh(tokens["refresh_token"])]) == {"invalid_grant": 1}


async def test_a_worker_killed_under_load_loses_nothing_it_acknowledged(house: House, service: Service) -> None:
    issued_before = await _issued(house)
    with house.installation.citizen() as citizen:
        citizen.log_in(service.authorization_url())
        load = Load(service, citizen.http.cookies)
        async with load.running(PARTIES):
            await load.acknowledged(20)
            before = set(house.installation.workers())
            os.kill(min(before), signal.SIGKILL)
            while len(set(house.installation.workers()) - before) == 0:
                await load.acknowledged(len(load.tokens) + 1)
            await load.acknowledged(len(load.tokens) + 20)

    answers = [await service.userinfo(tokens["access_token"]) for tokens in load.tokens]

    assert Counter(answer.status_code for answer in answers) == {200: len(load.tokens)}
    assert load.refusals == []
    assert load.broken <= PARTIES, "one request of each was in flight"
    assert await _issued(house) - issued_before >= len(load.tokens)


def _code(house: House, service: Service) -> str:
    with house.installation.citizen() as citizen:
        return answer_of(citizen.log_in(service.authorization_url()))["code"]


def _outcomes(answers: list[httpx2.Response]) -> dict[str, int]:
    return Counter("200" if answer.status_code == 200 else answer.json()["error"] for answer in answers)


async def _issued(house: House) -> int:
    """How many token answers the audit log knows of."""
    database = open_database(house.database_url)
    row = await database.fetch_row("SELECT count(*) AS n FROM audit_entry WHERE event = $1", TokensIssued.name)
    await database.close()
    assert row is not None
    return int(str(row["n"]))
