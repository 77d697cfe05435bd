"""RFC 8628: a device asks, a person decides in a browser, the device polls."""

from typing import Any

import pytest

from idp.audit.events import TokensIssued
from idp.audit.polled_events import PolledRequestApproved, PolledRequestRefused, PolledRequestStored
from idp.device_authorization import limits
from idp.device_authorization.endpoints import INTERVAL_SECONDS, LIFETIME_SECONDS
from idp.settings import DynamicRegistration
from idp.storage.database import Database, Statement
from tests.protocol.test_dpop import proof_of
from tests.support.assertions import ClientKey
from tests.support.device import GRANT, Device, approve, decide, read_code_page, register_device, walk
from tests.support.page import page_of
from tests.support.provider import Browser, Provider, claims_of, running_provider, worker_beside


@pytest.fixture
async def device(provider: Provider) -> Device:
    return Device(await register_device(provider))


@pytest.fixture
async def browser(provider: Provider) -> Browser:
    """Of somebody who is logged in, and never agreed to anything here."""
    return await provider.logged_in_browser(person_id="person")


async def test_the_answer_holds_all_that_a_device_needs(provider: Provider, device: Device) -> None:
    answer = await device.ask()
    codes = answer.json()

    assert answer.headers["cache-control"] == "no-store"
    assert set(codes) == {
        "device_code",
        "user_code",
        "verification_uri",
        "verification_uri_complete",
        "expires_in",
        "interval",
    }
    assert (codes["expires_in"], codes["interval"]) == (LIFETIME_SECONDS, INTERVAL_SECONDS)
    assert codes["verification_uri"] == f"{provider.issuer}/device"
    assert len(codes["device_code"]) >= 43
    assert await provider.count_of(PolledRequestStored) == 1


async def test_discovery_says_so(provider: Provider) -> None:
    document = (await provider.http.get("/.well-known/openid-configuration")).json()

    assert document["device_authorization_endpoint"] == f"{provider.issuer}/device_authorization"
    assert GRANT in document["grant_types_supported"]


async def test_from_the_code_to_the_tokens(provider: Provider, device: Device, browser: Browser) -> None:
    codes = await device.codes(nonce="n-1", scope="openid profile offline_access")
    early = await device.poll(codes)

    address, end = await approve(browser, codes)
    provider.clock.now += INTERVAL_SECONDS
    answer = await device.poll(codes)

    assert early.json()["error"] == "authorization_pending"
    assert address == "/requests/approved"
    assert end.status_code == 200
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    claims = claims_of(tokens["id_token"])
    assert claims["aud"] == device.party.client_id
    assert claims["nonce"] == "n-1"
    assert (await device.party.userinfo(tokens["access_token"])).json()["sub"] == claims["sub"]
    assert (await device.party.refresh(tokens["refresh_token"])).status_code == 200
    assert await provider.count_of(PolledRequestApproved) == 1
    assert await provider.count_of(TokensIssued) == 2


async def test_the_person_is_asked_although_they_agreed_before(
    provider: Provider, device: Device, browser: Browser
) -> None:
    await approve(browser, await device.codes())
    second = await device.codes()

    page, _ = await read_code_page(browser, second["user_code"])
    address, _ = await walk(browser, await decide(browser, page, "approve"))

    assert address.endswith("/consent")
    assert (await device.poll(second)).json()["error"] == "authorization_pending"


async def test_who_is_not_logged_in_logs_in_first(provider: Provider, device: Device) -> None:
    visitor = provider.browser()
    page, _ = await read_code_page(visitor, (await device.codes())["user_code"])

    address, choice = await walk(visitor, await decide(visitor, page, "approve"))

    assert address.endswith("/sources")
    assert choice.status_code == 200
    assert "Ủy ban nhân dân" in choice.text


async def test_who_refuses_at_the_end_says_no_to_the_device(
    provider: Provider, device: Device, browser: Browser
) -> None:
    codes = await device.codes()
    page, _ = await read_code_page(browser, codes["user_code"])
    address, consent = await walk(browser, await decide(browser, page, "approve"))

    address, _ = await walk(browser, await decide(browser, page_of(address, 200, consent.text), "refuse"))

    assert address == "/requests/refused"
    assert (await device.poll(codes)).json()["error"] == "access_denied"


async def test_who_cancels_at_the_choice_of_a_source_says_no_as_well(provider: Provider, device: Device) -> None:
    codes, visitor = await device.codes(), provider.browser()
    page, _ = await read_code_page(visitor, codes["user_code"])
    address, choice = await walk(visitor, await decide(visitor, page, "approve"))

    address, _ = await walk(visitor, await decide(visitor, page_of(address, 200, choice.text), "cancel"))

    assert address == "/requests/refused"
    assert (await device.poll(codes)).json()["error"] == "access_denied"


async def test_polling_too_fast_makes_the_wait_longer_each_time(provider: Provider, device: Device) -> None:
    codes = await device.codes()
    errors = []
    for wait in (0, 1, 1, 15, 10):
        provider.clock.now += wait
        errors.append((await device.poll(codes)).json()["error"])

    # Five seconds at first, ten after the second poll, fifteen after the third: ten are too few then.
    assert errors == ["authorization_pending", "slow_down", "slow_down", "authorization_pending", "slow_down"]


async def test_after_its_time_nothing_comes_of_it(provider: Provider, device: Device) -> None:
    codes = await device.codes()
    provider.clock.now += LIFETIME_SECONDS

    assert (await device.poll(codes)).json()["error"] == "expired_token"


async def test_an_approval_that_is_not_fetched_in_time_is_lost(
    provider: Provider, device: Device, browser: Browser
) -> None:
    codes = await device.codes()
    await approve(browser, codes)
    provider.clock.now += LIFETIME_SECONDS

    assert (await device.poll(codes)).json()["error"] == "expired_token"


async def test_a_device_code_works_once(provider: Provider, device: Device, browser: Browser) -> None:
    codes = await device.codes()
    await approve(browser, codes)

    first, second = await device.poll(codes), await device.poll(codes)

    assert first.status_code == 200
    assert (second.status_code, second.json()["error"]) == (400, "invalid_grant")


async def test_of_many_polls_at_once_on_two_workers_one_gets_the_tokens(
    provider: Provider, device: Device, browser: Browser, database: Database
) -> None:
    codes = await device.codes()
    await approve(browser, codes)

    async with worker_beside(provider, database) as other:
        parties = [device.party, device.party.at(other)] * 8
        answers = await provider.at_once(Device(party).poll(codes) for party in parties)

    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 15
    assert await provider.count_of(TokensIssued) == 1


async def test_another_service_gets_nothing_for_it_and_spoils_nothing(
    provider: Provider, device: Device, browser: Browser
) -> None:
    codes = await device.codes()
    await approve(browser, codes)
    thief = Device(await register_device(provider, "thief"))

    assert (await thief.poll(codes)).json()["error"] == "invalid_grant"
    assert (await device.poll(codes)).status_code == 200


@pytest.mark.parametrize("value", ["", "x", "{code}x", "{upper}", "{user_code}"])
async def test_a_device_code_that_is_not_exactly_that_is_none(
    provider: Provider, device: Device, browser: Browser, value: str
) -> None:
    codes = await device.codes()
    await approve(browser, codes)
    code = codes["device_code"]
    shown = value.format(code=code, upper=code.swapcase(), user_code=codes["user_code"])

    answer = await device.poll({"device_code": shown})

    assert answer.json()["error"] == ("invalid_grant" if value else "invalid_request")


async def _log_out(provider: Provider, device: Device, browser: Browser) -> None:
    await provider.log_out(browser)


async def _withdraw(provider: Provider, device: Device, browser: Browser) -> None:
    await provider.services.database.commit(
        Statement("UPDATE consent SET withdrawn_at = $1 WHERE person_id = $2", (int(provider.clock()), "person"))
    )


async def _block(provider: Provider, device: Device, browser: Browser) -> None:
    await provider.services.database.commit(
        Statement("UPDATE person SET status = 'blocked' WHERE id = $1", ("person",))
    )


async def _disable(provider: Provider, device: Device, browser: Browser) -> None:
    await provider.disable(device.party)


@pytest.mark.parametrize(
    ("happens", "error"),
    [
        (_log_out, "invalid_grant"),
        (_withdraw, "invalid_grant"),
        (_block, "invalid_grant"),
        (_disable, "invalid_client"),
    ],
)
async def test_what_ended_meanwhile_gives_no_tokens(
    provider: Provider, device: Device, browser: Browser, happens: Any, error: str
) -> None:
    codes = await device.codes()
    await approve(browser, codes)

    await happens(provider, device, browser)

    assert (await device.poll(codes)).json()["error"] == error
    assert await provider.count_of(TokensIssued) == 0


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"scope": "profile"}, "invalid_scope"),
        ({"scope": "openid address"}, "invalid_scope"),
        ({"redirect_uri": "https://television.example/callback"}, "invalid_request"),
        ({"response_type": "code"}, "invalid_request"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
        ({"request_uri": "https://television.example/r"}, "request_uri_not_supported"),
        ({"claims": "no json"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"nonce": "n" * 513}, "invalid_request"),
        ({"resource": "https://somebody.example/"}, "invalid_target"),
    ],
)
async def test_a_request_keeps_the_rules_of_every_request(
    provider: Provider, device: Device, form: dict[str, str], error: str
) -> None:
    answer = await device.ask(**form)

    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert await provider.count_of(PolledRequestRefused) == 1


async def test_without_a_scope_it_is_a_login_and_nothing_more(provider: Provider, device: Device) -> None:
    answer = await device.party.post("/device_authorization", unheard_of="ignored")

    assert answer.status_code == 200


async def test_a_service_that_is_not_registered_for_it_is_told(provider: Provider) -> None:
    answer = await Device(await provider.register()).ask()

    assert answer.json()["error"] == "unauthorized_client"


async def test_a_wrong_secret_gets_no_codes(provider: Provider, device: Device) -> None:
    device.party.secret = "wrong" * 10

    assert (await device.ask()).status_code == 401


async def test_a_public_client_asks_and_polls_with_its_name_alone(provider: Provider, browser: Browser) -> None:
    party = await register_device(provider, token_endpoint_auth_method="none", grant_types=[GRANT])
    name = {"client_id": party.client_id}
    codes = (await provider.http.post("/device_authorization", data=name)).json()
    await approve(browser, codes)

    poll = {**name, "grant_type": GRANT, "device_code": codes["device_code"]}
    answer = await provider.http.post("/token", data=poll)

    assert answer.status_code == 200, answer.text


async def test_whoever_proves_nothing_asks_in_moderation(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_REQUESTS_PER_NETWORK", ((64, 2), (48, 4)))
    party = await register_device(provider, token_endpoint_auth_method="none", grant_types=[GRANT])
    sent = {"client_id": party.client_id}

    answers = [await provider.http.post("/device_authorization", data=sent) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "retry-after" in answers[-1].headers


def _public(client_id: str) -> dict[str, str]:
    return {"client_id": client_id}


async def test_one_public_client_has_its_own_measure_and_takes_no_other_clients(database: Database) -> None:
    async with running_provider(database, device_requests_per_service=2) as provider:
        for name in ("kiosk", "radio"):
            await register_device(provider, name, token_endpoint_auth_method="none", grant_types=[GRANT])
        senders = [provider.http_from(f"192.0.2.{number}") for number in range(3)]

        kiosk = [await sender.post("/device_authorization", data=_public("kiosk")) for sender in senders]
        radio = await senders[0].post("/device_authorization", data=_public("radio"))

    assert [answer.status_code for answer in kiosk] == [200, 200, 429]
    assert kiosk[-1].json()["error"] == "temporarily_unavailable"
    assert radio.status_code == 200


async def test_all_public_clients_together_have_a_measure_that_is_a_setting(database: Database) -> None:
    async with running_provider(database, device_requests_per_hour=3) as provider:
        for name in ("kiosk", "radio"):
            await register_device(provider, name, token_endpoint_auth_method="none", grant_types=[GRANT])
        sent = [
            await provider.http_from(f"192.0.2.{number}").post(
                "/device_authorization", data=_public(("kiosk", "radio")[number % 2])
            )
            for number in range(4)
        ]
        kept_in_secret = await Device(await register_device(provider)).ask()
        provider.clock.now += 3600
        later = await provider.http.post("/device_authorization", data=_public("kiosk"))

    assert [answer.status_code for answer in sent] == [200, 200, 200, 429]
    assert kept_in_secret.status_code == 200
    assert later.status_code == 200


async def test_the_codes_of_two_requests_differ(device: Device) -> None:
    first, second = await device.codes(), await device.codes()

    assert first["user_code"] != second["user_code"]
    assert first["device_code"] != second["device_code"]


async def test_nothing_that_is_shown_or_typed_is_kept_in_the_clear(provider: Provider, device: Device) -> None:
    codes = await device.codes()

    rows = await provider.services.database.fetch_all("SELECT * FROM polled_request")

    assert len(rows) == 1
    for value in rows[0].values():
        for bare in (codes["device_code"], codes["user_code"], codes["user_code"].replace("-", "")):
            assert bare not in str(value)


async def test_a_source_switched_off_since_gives_no_tokens(database: Database) -> None:
    async with running_provider(database) as provider:
        device = Device(await register_device(provider, allowed_sources=["tax"]))
        browser = await provider.logged_in_browser(person_id="person", source_id="tax")
        codes = await device.codes()
        await approve(browser, codes)

        await provider.amend(device.party, allowed_sources=["phone"])

        assert (await device.poll(codes)).json()["error"] == "invalid_grant"


async def test_whoever_proves_a_key_when_polling_gets_tokens_for_that_key_alone(
    provider: Provider, device: Device, browser: Browser
) -> None:
    codes, key = await device.codes(), ClientKey()
    await approve(browser, codes)

    answer = await provider.http.post(
        "/token",
        data={"grant_type": GRANT, "device_code": codes["device_code"]},
        headers={"authorization": device.party.basic(), "dpop": proof_of(key, "/token")},
    )

    assert answer.json()["token_type"] == "DPoP"
    assert (await device.party.userinfo(answer.json()["access_token"])).status_code == 401


async def test_a_device_registers_itself_without_a_redirect_uri(database: Database) -> None:
    async with running_provider(database, dynamic_registration=DynamicRegistration.OPEN) as provider:
        metadata = {"client_name": "Ti vi", "grant_types": [GRANT], "token_endpoint_auth_method": "none"}
        made = await provider.http.post("/register", json=metadata)
        assert made.status_code == 201, made.text
        assert "client_secret" not in made.json()
        name = {"client_id": made.json()["client_id"]}
        codes = (await provider.http.post("/device_authorization", data=name)).json()
        await approve(await provider.logged_in_browser(person_id="person"), codes)

        answer = await provider.http.post(
            "/token", data={**name, "grant_type": GRANT, "device_code": codes["device_code"]}
        )

    assert answer.status_code == 200, answer.text


async def test_a_service_that_acts_by_law_shows_the_code_as_well(provider: Provider, browser: Browser) -> None:
    law = {"legal_basis": "law", "legal_citation": "Điều 1"}
    codes = await Device(await register_device(provider, **law)).codes()
    page, _ = await read_code_page(browser, codes["user_code"])

    _, information = await walk(browser, await decide(browser, page, "approve"))

    assert codes["user_code"] in information.text
    assert "Điều 1" in information.text
