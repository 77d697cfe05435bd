"""RFC 9449 §8 and §9: nonces of ours, without state, the same on every worker."""

import base64
import hashlib
from typing import Any

import httpx2
import pytest

from idp.authorization_server.dpop_nonce import WINDOW_SECONDS, fresh_nonce
from idp.storage.database import Database
from idp.storage.open import open_database
from idp.storage.vault import Vault
from tests.protocol.test_dpop import proof_of
from tests.support.assertions import ClientKey
from tests.support.provider import Provider, RelyingPartyDriver, worker_beside
from tests.support.sources import NOW

_KEY = ClientKey()
_GRANT = {"grant_type": "authorization_code"}


@pytest.fixture
async def bank(provider: Provider) -> RelyingPartyDriver:
    return await provider.register("bank", dpop_nonce_required=True, dpop_bound_access_tokens=True)


@pytest.fixture
async def code(provider: Provider, bank: RelyingPartyDriver) -> str:
    return await bank.code(await provider.logged_in_browser(consenting_to=bank))


def _proof(provider: Provider, path: str, **claims: Any) -> str:
    return proof_of(_KEY, path, **{"iat": int(provider.clock()), **claims})


async def _redeem(party: RelyingPartyDriver, code: str, **claims: Any) -> httpx2.Response:
    form = {**_GRANT, "code": code, "redirect_uri": party.redirect_uri, "code_verifier": party.code_verifier}
    headers = {"authorization": party.basic(), "dpop": _proof(party.provider, "/token", **claims)}
    return await party.provider.http.post("/token", data=form, headers=headers)


async def _userinfo(provider: Provider, token: str, **claims: Any) -> httpx2.Response:
    proof = _proof(provider, "/userinfo", method="GET", token=token, **claims)
    return await provider.http.get("/userinfo", headers={"authorization": f"DPoP {token}", "dpop": proof})


async def _rows(provider: Provider) -> int:
    row = await provider.services.database.fetch_row(
        "SELECT (SELECT COUNT(*) FROM short_lived) + (SELECT COUNT(*) FROM audit_entry) AS n"
    )
    assert row is not None
    assert isinstance(row["n"], int)
    return row["n"]


async def test_who_brings_no_nonce_is_given_one_and_nothing_was_used_up(
    provider: Provider, bank: RelyingPartyDriver, code: str
) -> None:
    before = await _rows(provider)

    sent_back = await _redeem(bank, code)
    after = await _rows(provider)
    answer = await _redeem(bank, code, nonce=sent_back.headers["dpop-nonce"])

    assert (sent_back.status_code, sent_back.json()["error"]) == (400, "use_dpop_nonce")
    assert after == before
    assert (answer.status_code, answer.json()["token_type"]) == (200, "DPoP")
    assert "dpop-nonce" not in answer.headers


@pytest.mark.parametrize("nonce", ["made up", "A" * 24, "é", "", 5, ["a"], "x" * 300])
async def test_a_nonce_of_somebody_else_sends_back_even_who_needs_none(
    provider: Provider, town_hall: RelyingPartyDriver, nonce: Any
) -> None:
    code = await town_hall.code(await provider.logged_in_browser(consenting_to=town_hall))

    answer = await _redeem(town_hall, code, nonce=nonce)

    assert answer.status_code == 400
    assert answer.json()["error"] in ("use_dpop_nonce", "invalid_dpop_proof")
    assert (await _redeem(town_hall, code)).status_code == 200


@pytest.mark.parametrize(
    ("age", "status"),
    [
        pytest.param(0, 200, id="the first second"),
        pytest.param(WINDOW_SECONDS - 1, 200, id="the last second of its window"),
        pytest.param(WINDOW_SECONDS, 200, id="the first second of the next window"),
        pytest.param(2 * WINDOW_SECONDS - 1, 200, id="the last second of the next window"),
        pytest.param(2 * WINDOW_SECONDS, 400, id="one second too old"),
        pytest.param(-1, 400, id="of a window that is not there yet"),
    ],
)
async def test_a_nonce_lives_for_its_window_and_the_next(
    provider: Provider, bank: RelyingPartyDriver, age: int, status: int
) -> None:
    begins = (NOW // WINDOW_SECONDS + 10) * WINDOW_SECONDS
    nonce = fresh_nonce(provider.services.vault, now=begins)
    provider.clock.now = begins + age
    code = await bank.code(await provider.logged_in_browser(consenting_to=bank))

    assert (await _redeem(bank, code, nonce=nonce)).status_code == status


async def test_who_uses_a_nonce_that_ends_is_given_the_next_with_the_answer(
    provider: Provider, bank: RelyingPartyDriver
) -> None:
    nonce = fresh_nonce(provider.services.vault, now=int(provider.clock()))
    provider.clock.now += WINDOW_SECONDS
    code = await bank.code(await provider.logged_in_browser(consenting_to=bank))

    answer = await _redeem(bank, code, nonce=nonce)

    assert answer.status_code == 200
    assert answer.headers["dpop-nonce"] == fresh_nonce(provider.services.vault, now=int(provider.clock()))


async def test_a_nonce_makes_no_old_proof_good(provider: Provider, bank: RelyingPartyDriver, code: str) -> None:
    nonce = fresh_nonce(provider.services.vault, now=NOW)

    answers = [await _redeem(bank, code, nonce=nonce, iat=NOW + offset) for offset in (-61, 11)]

    assert [answer.json()["error"] for answer in answers] == ["invalid_dpop_proof"] * 2


async def test_a_proof_with_a_nonce_works_once_all_the_same(
    provider: Provider, bank: RelyingPartyDriver, code: str
) -> None:
    nonce = fresh_nonce(provider.services.vault, now=NOW)

    first = await _redeem(bank, code, nonce=nonce, jti="only-one")
    second = await _redeem(bank, code, nonce=nonce, jti="only-one")

    assert first.status_code == 200
    assert second.json()["error"] == "invalid_dpop_proof"


async def test_a_pushed_request_needs_the_nonce_too(provider: Provider, bank: RelyingPartyDriver) -> None:
    async def push(**claims: Any) -> httpx2.Response:
        headers = {"authorization": bank.basic(), "dpop": _proof(provider, "/par", **claims)}
        return await provider.http.post("/par", data=bank.authorization_parameters(), headers=headers)

    sent_back = await push()
    stored = await push(nonce=sent_back.headers["dpop-nonce"])

    assert (sent_back.status_code, sent_back.json()["error"]) == (400, "use_dpop_nonce")
    assert stored.status_code == 201


async def test_so_does_userinfo_and_its_challenge_says_so(
    provider: Provider, bank: RelyingPartyDriver, code: str
) -> None:
    nonce = fresh_nonce(provider.services.vault, now=NOW)
    token = (await _redeem(bank, code, nonce=nonce)).json()["access_token"]

    sent_back = await _userinfo(provider, token)
    answer = await _userinfo(provider, token, nonce=sent_back.headers["dpop-nonce"])
    provider.clock.now += WINDOW_SECONDS
    later = await _userinfo(provider, token, nonce=nonce)

    assert sent_back.status_code == 401
    [challenge] = [one for one in sent_back.headers.get_list("www-authenticate") if one.startswith("DPoP ")]
    assert 'error="use_dpop_nonce"' in challenge
    assert answer.status_code == 200
    assert later.headers["dpop-nonce"] == fresh_nonce(provider.services.vault, now=int(provider.clock()))


async def test_every_worker_knows_the_nonces_of_every_other(
    provider: Provider, bank: RelyingPartyDriver, code: str, database_url: str
) -> None:
    database: Database = open_database(database_url)
    async with worker_beside(provider, database) as other:
        nonce = (await _redeem(bank, code)).headers["dpop-nonce"]
        answer = await _redeem(bank.at(other), code, nonce=nonce)
    await database.close()

    assert answer.status_code == 200


async def test_a_nonce_costs_no_round_trip_and_neither_does_its_absence_where_nobody_needs_one(
    provider: Provider, database: Database
) -> None:
    library = await provider.register("library", dpop_bound_access_tokens=True)
    browser = await provider.logged_in_browser(consenting_to=library)
    token = (await _redeem(library, await library.code(browser))).json()["access_token"]
    nonce = fresh_nonce(provider.services.vault, now=NOW)
    before = database.counters.round_trips

    without = await _userinfo(provider, token)
    between = database.counters.round_trips
    bringing = await _userinfo(provider, token, nonce=nonce)

    assert (without.status_code, bringing.status_code) == (200, 200)
    assert (between - before, database.counters.round_trips - between) == (1, 1)


def test_a_nonce_outlives_the_change_of_the_master_key_and_needs_one() -> None:
    """Whoever reads this file makes no nonce of ours."""
    old, new = ("old", b"o" * 32), ("new", b"n" * 32)
    before, after = Vault([old]), Vault([new, old])

    nonce = fresh_nonce(before, now=NOW)

    assert nonce != fresh_nonce(after, now=NOW)
    assert nonce != base64.urlsafe_b64encode(hashlib.sha256(str(NOW // WINDOW_SECONDS).encode()).digest()[:18]).decode()
