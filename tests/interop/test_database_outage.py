"""PostgreSQL goes away under a running provider: it says so, keeps what it said before, and heals by itself."""

import asyncio
import os
import signal
from collections import Counter
from contextlib import suppress

import httpx2
import pytest

from tests.interop.conftest import House
from tests.interop.load import Load
from tests.support.citizen import answer_of
from tests.support.postgresql import PostgresqlServer
from tests.support.service import Service

pytestmark = [
    pytest.mark.interop,
    pytest.mark.postgresql,
    pytest.mark.parametrize("house", ["postgresql"], indirect=True),
]

PARTIES = 8
HEALED_SECONDS = 60


async def test_without_its_database_it_answers_503_and_spends_nothing(
    house: House, service: Service, postgresql_server: PostgresqlServer
) -> None:
    with house.installation.citizen() as citizen:
        known = (await service.redeem(answer_of(citizen.log_in(service.authorization_url()))["code"])).json()
        code = answer_of(citizen.log_in(service.authorization_url()))["code"]

    postgresql_server.stop()
    try:
        refused = {
            "/authorize": await service.http.get(service.authorization_url()),
            "/par": await service.post("/par", client_id="load"),
            "/token": await service.redeem(code),
            "/userinfo": await service.userinfo(known["access_token"]),
            "/introspect": await service.post("/introspect", token=known["access_token"]),
            "/revoke": await service.post("/revoke", token=known["refresh_token"]),
        }
        published = [await service.get(path) for path in ("/.well-known/openid-configuration", "/jwks")]
    finally:
        postgresql_server.start()
    redeemed = await _once_healed(service, code)
    refreshed = await service.refresh(known["refresh_token"])

    assert {path: answer.status_code for path, answer in refused.items()} == dict.fromkeys(refused, 503)
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused.values())
    assert not any(
        told in answer.text.lower() for answer in refused.values() for told in ("postgres", "connect", "5432")
    )
    assert [answer.status_code for answer in published] == [200, 200]
    assert redeemed.status_code == 200, redeemed.text
    assert (await service.userinfo(known["access_token"])).status_code == 200
    assert refreshed.status_code == 200, "the refused revocation did nothing"


async def test_a_database_killed_under_load_loses_nothing_that_was_acknowledged(
    house: House, service: Service, postgresql_server: PostgresqlServer
) -> None:
    with house.installation.citizen() as citizen:
        citizen.log_in(service.authorization_url())
        load = Load(service, citizen.http.cookies)
        async with load.running(PARTIES):
            await load.acknowledged(20)
            postgresql_server.stop(at_once=True)
            try:
                await load.refused(PARTIES)
            finally:
                postgresql_server.start()
            await load.acknowledged(len(load.tokens) + 20)

    answers = [await service.userinfo(tokens["access_token"]) for tokens in load.tokens]
    refreshed = [await service.refresh(tokens["refresh_token"]) for tokens in load.tokens[:20]]

    assert Counter(answer.status_code for answer in (*answers, *refreshed)) == {200: len(answers) + len(refreshed)}
    assert {refusal.partition(" ")[0] for refusal in load.refusals} <= {"503"}
    assert load.broken == 0


async def test_workers_killed_while_the_database_is_away_come_back_and_wait_for_it(
    house: House, service: Service, postgresql_server: PostgresqlServer
) -> None:
    with house.installation.citizen() as citizen:
        code = answer_of(citizen.log_in(service.authorization_url()))["code"]

    postgresql_server.stop()
    try:
        for worker in house.installation.workers():
            os.kill(worker, signal.SIGKILL)
        discovery = await _once_answering(service, "/.well-known/openid-configuration")
        refused = [await service.redeem(code), await service.get("/jwks")]
        page = await service.http.get(service.authorization_url())
    finally:
        postgresql_server.start()
    redeemed = await _once_healed(service, code)

    assert discovery.status_code == 200
    assert [answer.json()["error"] for answer in refused] == ["temporarily_unavailable"] * 2
    assert [(answer.status_code, answer.headers["retry-after"]) for answer in (*refused, page)] == [(503, "5")] * 3
    assert redeemed.status_code == 200, redeemed.text


async def _once_answering(service: Service, path: str) -> httpx2.Response:
    """The first answer of anybody; nobody listens while no worker runs."""
    async with asyncio.timeout(HEALED_SECONDS):
        while True:
            with suppress(httpx2.TransportError):
                return await service.get(path)
            await asyncio.sleep(0.1)


async def _once_healed(service: Service, code: str) -> httpx2.Response:
    """The first answer that is not "come back later"."""
    async with asyncio.timeout(HEALED_SECONDS):
        while True:
            answer = await service.redeem(code)
            if answer.status_code != 503:
                return answer
            await asyncio.sleep(0.1)
