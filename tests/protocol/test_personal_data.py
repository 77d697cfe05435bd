"""A person of nothing but canaries walks every path; then every log, event, address and stored byte is searched."""

import json
import logging
from pathlib import Path
from urllib.parse import quote, quote_plus

import httpx2
import pytest

from idp.audit.events import AuthorizationCodeIssued, InteractionStarted, SessionEnded, TokensIssued, UserInfoGiven
from idp.identity.pivot import PivotIdentity
from idp.storage.location import SqliteLocation, locate
from tests.support.provider import Browser, Provider, RelyingPartyDriver, answer_of, csrf_of

CANARY = PivotIdentity(
    name="Kanari Thị Vàng",
    birthdate="1931-07-19",
    gender="female",
    birthplace="Làng Kanari",
    personal_id="099131777777",
    phone_number="+84537777777",
    email="kanari@kanari.example",
)
_HINT = "0537777777"
_CANARIES = ("Kanari", "kanari", "Vàng", "1931-07-19", "099131777777", "537777777", "0537777777")


class Watched:
    """Every address that our server saw or sent somebody to, but not what a page shows to the person."""

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.secrets: list[str] = []

    async def note(self, response: httpx2.Response) -> None:
        request = response.request
        # What a service writes into the address of its own request is its doing; login_hint is such a thing.
        if request.url.path != "/authorize":
            self.addresses.append(str(request.url))
        self.addresses.append(response.headers.get("location", ""))
        self.addresses.append(str(response.headers.get_list("set-cookie")))


async def walk(provider: Provider, party: RelyingPartyDriver, browser: Browser) -> list[str]:
    """Consent, code, tokens, refresh, userinfo, introspection, refusals, replays, logout: all that a login can meet."""
    scope = "openid profile identity phone vn_personal_id email offline_access"
    claims = json.dumps({"id_token": {"name": None, "phone_number": {"essential": True}}})
    started = await party.authorize(browser, scope=scope, login_hint=_HINT, claims=claims)
    address = started.headers["location"]
    page = await browser.get(f"{address}/consent")
    assert CANARY.name in page.text
    await browser.post(f"{address}/consent", {"decision": "approve", "csrf": csrf_of(page)})
    code = answer_of(await browser.get(address))["code"]
    tokens = (await party.redeem(code)).json()
    userinfo = (await party.userinfo(tokens["access_token"])).json()
    assert userinfo["vn_personal_id"] == CANARY.personal_id
    refreshed = (await party.refresh(tokens["refresh_token"])).json()
    for used in (code, "x" * 43):
        await party.redeem(used)
    await party.refresh(tokens["refresh_token"])
    for path in ("/introspect", "/revoke"):
        await party.post(path, token=refreshed["access_token"])
    await party.authorize(browser, login_hint=_HINT, redirect_uri="https://attacker.example/")
    await party.authorize(browser, login_hint=_HINT, prompt="none", id_token_hint=tokens["id_token"])
    other = await party.authorize(browser, scope=scope, login_hint=_HINT, prompt="consent")
    again = await browser.get(f"{other.headers['location']}/consent")
    await browser.post(f"{other.headers['location']}/consent", {"decision": "refuse", "csrf": csrf_of(again)})
    await provider.log_out(browser)
    return [code, *(tokens[name] for name in ("access_token", "refresh_token", "id_token"))]


async def test_nothing_of_a_person_is_in_a_log_an_event_or_an_address_of_ours(
    provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    party = await provider.register(
        scope="openid profile identity phone vn_personal_id email offline_access",
        backchannel_logout_uri="https://town-hall.example/backchannel",
    )
    browser = await provider.logged_in_browser(CANARY)
    watched = Watched()
    browser.http.event_hooks = {"response": [watched.note]}

    # Authlib would print tokens below INFO; production stays at it or above.
    with caplog.at_level(logging.INFO):
        secrets = await walk(provider, party, browser)
    # The test's own browser logs what it sends; everything else in this process is the provider's.
    log = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))
    events = json.dumps([dict(event) for event in await provider.events()], ensure_ascii=False, default=str)
    session = browser.http.cookies.get(provider.services.cookies.session)

    for place, text in (("events", events), ("log", log), ("addresses", "\n".join(watched.addresses))):
        for canary in _CANARIES:
            for spelling in {canary, quote(canary), quote_plus(canary), canary.encode("unicode_escape").decode()}:
                assert spelling not in text, (place, spelling)
        for secret in secrets if place != "addresses" else secrets[1:]:
            assert secret not in text, place
    assert session is None or session not in events
    assert "MC-1102" in log


async def test_nothing_of_a_person_and_no_secret_lies_in_the_database_in_the_clear(
    provider: Provider, database_url: str
) -> None:
    party = await provider.register(
        scope="openid profile identity phone vn_personal_id email offline_access",
        backchannel_logout_uri="https://town-hall.example/backchannel",
    )
    browser = await provider.logged_in_browser(CANARY)
    cookie = browser.http.cookies[provider.services.cookies.session]

    secrets = await walk(provider, party, browser)
    stored = await everything_in(provider, database_url)

    for canary in (*_CANARIES, *secrets, cookie, party.secret):
        assert canary.encode() not in stored, canary


async def everything_in(provider: Provider, database_url: str) -> bytes:
    """The bytes of the file and its log on SQLite; every value of every table on PostgreSQL."""
    location = locate(database_url)
    if isinstance(location, SqliteLocation):
        path = Path(database_url.removeprefix("sqlite:///"))
        return b"".join(found.read_bytes() for found in path.parent.glob(f"{path.name}*"))
    database = provider.services.database
    tables = await database.fetch_all("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    rows = [row for table in tables for row in await database.fetch_all(f'SELECT * FROM "{table["tablename"]!s}"')]
    return b"".join(
        value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row.values()
    )


async def test_each_outcome_writes_one_event(provider: Provider) -> None:
    party = await provider.register()
    browser = await provider.logged_in_browser(consenting_to=party)

    async def told_by(expected: str) -> None:
        names = [str(event["event"]) for event in await provider.events()]
        for name in seen:
            names.remove(name)
        assert names == [expected]
        seen.append(expected)

    seen: list[str] = []
    code = await party.code(browser, scope="openid profile offline_access")
    await told_by(AuthorizationCodeIssued.name)
    tokens = (await party.redeem(code)).json()
    await told_by(TokensIssued.name)
    await party.userinfo(tokens["access_token"])
    await told_by(UserInfoGiven.name)
    await party.refresh(tokens["refresh_token"])
    await told_by(TokensIssued.name)
    await party.authorize(browser, prompt="login")
    await told_by(InteractionStarted.name)
    await provider.log_out(browser)
    await told_by(SessionEnded.name)
