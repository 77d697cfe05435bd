"""OpenID Connect Core 8.1: one person, one identifier a sector; what was given once never changes."""

import base64

from idp.storage.database import Database
from tests.support.provider import Browser, Provider, RelyingPartyDriver, claims_of, worker_beside
from tests.support.sources import MASTER_KEY


async def sub_at(party: RelyingPartyDriver, browser: Browser) -> str:
    tokens = await party.log_in(browser)
    sub: str = claims_of(tokens["id_token"])["sub"]
    assert (await party.userinfo(tokens["access_token"])).json()["sub"] == sub
    assert (await party.post("/introspect", token=tokens["access_token"])).json()["sub"] == sub
    return sub


async def test_services_of_one_sector_share_it_and_others_cannot_join_theirs(provider: Provider) -> None:
    first = await provider.register("first", sector="city.example")
    second = await provider.register("second", sector="city.example")
    other = await provider.register("other", sector="library.example")
    browser = await provider.logged_in_browser(person_id="hoa")
    for party in (first, second, other):
        await provider.consent("hoa", party)

    subs = [await sub_at(party, browser) for party in (first, second, other)]

    assert subs[0] == subs[1] != subs[2]
    assert "hoa" not in subs


async def test_it_is_the_same_in_every_session_and_for_nobody_else(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    monday = await provider.logged_in_browser(person_id="hoa", consenting_to=town_hall)
    first = await sub_at(town_hall, monday)
    await provider.log_out(monday)
    tuesday = await provider.logged_in_browser(person_id="hoa", source_id="social-insurance")
    somebody_else = await provider.logged_in_browser(consenting_to=town_hall)

    assert await sub_at(town_hall, tuesday) == first
    assert await sub_at(town_hall, somebody_else) != first


async def test_rotating_the_master_key_changes_no_identifier_that_was_given(
    provider: Provider, town_hall: RelyingPartyDriver, database: Database
) -> None:
    new = base64.urlsafe_b64encode(bytes(32)).decode()
    old = base64.urlsafe_b64encode(MASTER_KEY).decode()
    before = await provider.logged_in_browser(person_id="hoa", consenting_to=town_hall)
    sub = await sub_at(town_hall, before)

    async with worker_beside(provider, database, master_keys=f"k2:{new},k1:{old}") as rotated:
        after = rotated.browser()
        after.http.cookies.update(before.http.cookies)

        assert await sub_at(town_hall.at(rotated), after) == sub


async def test_first_logins_at_two_services_of_a_sector_at_once_agree(provider: Provider) -> None:
    parties = [await provider.register(f"party-{number}", sector="city.example") for number in range(6)]
    browser = await provider.logged_in_browser(person_id="hoa")
    for party in parties:
        await provider.consent("hoa", party)

    answers = await provider.at_once(party.authorize(browser) for party in parties)
    subs = set()
    for party, answer in zip(parties, answers, strict=True):
        code = answer.headers["location"].partition("code=")[2].partition("&")[0]
        subs.add(claims_of((await party.redeem(code)).json()["id_token"])["sub"])

    assert len(subs) == 1
