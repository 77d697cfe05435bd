"""A number at a register, a code to the phone on file: which phones are believed, and that nothing is given away."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from idp.audit.events import OneTimeCodeRefused, OneTimeCodeSent
from idp.authentication.contract import AuthenticationResult, SourceLied, SourceUnavailable
from idp.authentication.kinds import build_source
from idp.errors import DeceasedRefused
from idp.identity.channels import Channel, ChannelKind, channels_of
from idp.protocol.levels import LevelOfAssurance
from idp.storage.database import Database
from idp.web.guarded_http import GuardedHttp
from tests.support.code_flow import CodeFlow
from tests.support.http_server import served
from tests.support.registers import SECRETS, Register, record
from tests.support.sources import NOW, Clock, configuration, tools

KNOWN, UNKNOWN = "9900000017", "9900000018"
PHONE = "+84530000002"


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Register, str]]:
    register = Register()
    with served(register) as url:
        yield register, url


@pytest.fixture
def register(running: tuple[Register, str]) -> Register:
    running[0].reset()
    running[0].records[KNOWN] = record()
    return running[0]


@pytest.fixture(scope="module")
def running_operator() -> Iterator[tuple[Register, str]]:
    register = Register()
    with served(register) as url:
        yield register, url


@pytest.fixture
def operator(running_operator: tuple[Register, str]) -> Register:
    running_operator[0].reset()
    return running_operator[0]


@pytest.fixture
async def http(running: tuple[Register, str], running_operator: tuple[Register, str]) -> AsyncIterator[GuardedHttp]:
    allowed = [urlsplit(url).netloc for _, url in (running, running_operator)]
    client = GuardedHttp(clock=Clock(), allow_list=[*allowed, "127.0.0.1:1"])
    yield client
    await client.aclose()


def flow(http: GuardedHttp, database: Database, url: str, **options: Any) -> CodeFlow:
    configured = configuration(
        "registry_otp", {"register_url": url, **options}, SECRETS, id="social-insurance", position=2
    )
    return CodeFlow(build_source(configured, tools(database, http)), database)


def flow_with_operator(http: GuardedHttp, database: Database, url: str, operator_url: str) -> CodeFlow:
    mobile = configuration("mobile_otp", {"register_url": operator_url}, SECRETS, id="mobile")
    configured = configuration("registry_otp", {"register_url": url, "subscriber_source": "mobile"}, SECRETS)
    return CodeFlow(build_source(configured, tools(database, http), siblings={"mobile": mobile}), database)


@pytest.fixture
def insured(running: tuple[Register, str], register: Register, http: GuardedHttp, database: Database) -> CodeFlow:
    return flow(http, database, running[1])


async def test_a_citizen_proves_the_phone_on_file_and_is_known(insured: CodeFlow) -> None:
    page = await insured.open()
    assert (page.template, page.context["kind"]) == ("authentication/identifier", "social_insurance_number")

    sent = await insured.type("dn 4 79 9900000017")
    assert sent.template == "authentication/one_time_code"
    assert isinstance(sent.event, OneTimeCodeSent)
    message = await insured.message()
    assert (message["to"], message["decoy"]) == (PHONE, False)

    result = await insured.enter(message["code"])
    assert isinstance(result, AuthenticationResult)
    assert (result.source_subject, result.amr) == ("R-1", ("otp", "sms"))
    assert result.level is LevelOfAssurance.SUBSTANTIAL
    assert result.identity.personal_id == "099079000028"
    assert result.identity.social_insurance_number == "9900000017"
    assert result.authenticated_at == NOW
    assert channels_of([result.identity]) == (Channel(ChannelKind.SMS, PHONE),)
    assert PHONE not in result.identity.claims().values()


async def test_the_personal_id_in_place_of_the_number_is_looked_up_as_what_it_is(
    running: tuple[Register, str], register: Register, http: GuardedHttp, database: Database
) -> None:
    register.records["099079000028"] = record()
    insured = flow(http, database, running[1], accepts_personal_id=True)
    await insured.open()
    await insured.type("099 079 000 028")

    result = await insured.enter((await insured.message())["code"])

    assert isinstance(result, AuthenticationResult)
    assert result.source_subject == "R-1"
    assert result.identity.social_insurance_number is None
    assert {question["identifier_type"] for question in register.asked} == {"personal_id"}


async def test_known_and_unknown_are_answered_alike(insured: CodeFlow, http: GuardedHttp, database: Database) -> None:
    stranger = CodeFlow(insured.source, database, interaction_id="interaction-2")

    known, unknown = await insured.type(KNOWN), await stranger.type(UNKNOWN)

    assert known.context == unknown.context
    assert (known.template, known.status) == (unknown.template, unknown.status)
    assert known.state.keys() == unknown.state.keys()
    assert {type(write) for write in known.writes} == {type(write) for write in unknown.writes}
    assert len(known.writes) == len(unknown.writes)
    assert PHONE not in str(known.context)
    assert PHONE not in str(known.state)
    for _ in range(6):
        wrong_known, wrong_unknown = await insured.enter("000000"), await stranger.enter("000000")
        assert isinstance(wrong_known, type(wrong_unknown))
        assert getattr(wrong_known, "context", 1) == getattr(wrong_unknown, "context", 2)
    assert (await insured.resend()).context == (await stranger.resend()).context


NOT_BELIEVED: list[Any] = [
    pytest.param({"phone": None}, id="no phone on file"),
    pytest.param({"phone": "+842438250000"}, id="a landline on file"),
    pytest.param({"phone_since": "2027-01-01"}, id="a phone of two weeks"),
    pytest.param({"phone_since": None}, id="a phone without a date"),
]


@pytest.mark.parametrize("changes", NOT_BELIEVED)
async def test_a_phone_that_is_not_believed_looks_like_an_unknown_number(
    insured: CodeFlow, register: Register, changes: dict[str, Any]
) -> None:
    register.records[KNOWN] = record(**changes)

    shown = await insured.type(KNOWN)

    assert (shown.template, shown.status) == ("authentication/one_time_code", 200)
    assert (await insured.message())["decoy"]


async def test_the_age_a_phone_must_have_is_configuration(
    running: tuple[Register, str], register: Register, http: GuardedHttp, sqlite_database: Database
) -> None:
    register.records[KNOWN] = record(phone_since="2027-01-10")
    lenient = flow(http, sqlite_database, running[1], minimum_number_age_days=5)

    await lenient.type(KNOWN)

    assert not (await lenient.message())["decoy"]


@pytest.mark.parametrize(
    ("subscriber", "decoy"),
    [
        pytest.param({"active_since": "2019-01-01"}, False, id="subscribed before it came on file"),
        pytest.param({"active_since": "2020-01-01"}, False, id="subscribed on that very day"),
        pytest.param({"active_since": "2023-06-01"}, True, id="changed hands since"),
        pytest.param({"active_since": None}, True, id="since nobody knows when"),
        pytest.param(None, True, id="no subscriber at all"),
    ],
)
async def test_a_phone_that_changed_hands_gets_no_code(
    running: tuple[Register, str],
    register: Register,
    running_operator: tuple[Register, str],
    operator: Register,
    http: GuardedHttp,
    sqlite_database: Database,
    subscriber: dict[str, Any] | None,
    decoy: bool,
) -> None:
    if subscriber is not None:
        operator.records[PHONE] = record(**subscriber)
    insured = flow_with_operator(http, sqlite_database, running[1], running_operator[1])

    await insured.type(KNOWN)

    assert (await insured.message())["decoy"] is decoy


async def test_the_operator_is_asked_about_unknown_numbers_too(
    running: tuple[Register, str],
    register: Register,
    running_operator: tuple[Register, str],
    operator: Register,
    http: GuardedHttp,
    sqlite_database: Database,
) -> None:
    insured = flow_with_operator(http, sqlite_database, running[1], running_operator[1])

    await insured.type(UNKNOWN)

    assert len(operator.asked) == 1
    assert operator.asked[0]["identifier"] != PHONE


async def test_a_death_is_told_only_to_who_proved_the_phone(insured: CodeFlow, register: Register) -> None:
    register.records[KNOWN] = record(deceased=True)

    shown = await insured.type(KNOWN)
    assert (shown.template, shown.status) == ("authentication/one_time_code", 200)

    with pytest.raises(DeceasedRefused):
        await insured.enter((await insured.message())["code"])


async def test_a_phone_changed_at_the_register_meanwhile_voids_the_code(insured: CodeFlow, register: Register) -> None:
    await insured.type(KNOWN)
    register.records[KNOWN] = record(phone="+84530000009")

    with pytest.raises(SourceLied, match="phone_changed"):
        await insured.enter((await insured.message())["code"])


async def test_a_record_that_vanished_meanwhile_logs_nobody_in(insured: CodeFlow, register: Register) -> None:
    await insured.type(KNOWN)
    register.records.clear()

    with pytest.raises(SourceLied, match="record_vanished"):
        await insured.enter((await insured.message())["code"])


@pytest.mark.parametrize(("typed", "error"), [("", "empty"), ("  ", "empty"), ("123", "invalid_length")])
async def test_a_number_of_another_shape_is_told_at_once_and_asks_nobody(
    insured: CodeFlow, register: Register, typed: str, error: str
) -> None:
    shown = await insured.type(typed)

    assert (shown.template, shown.status) == ("authentication/identifier", 400)
    assert shown.context["error"] == error
    assert register.asked == []


async def test_all_spellings_of_a_number_share_one_limit(insured: CodeFlow, database: Database) -> None:
    await insured.type("9900000017")
    for spelling in ("99 0000 0017", "DN4799900000017", "９９０００００017"):
        again = CodeFlow(insured.source, database, interaction_id=spelling)
        shown = await again.type(spelling)
        assert (shown.status, shown.context["error"]) == (429, "limit")
        assert isinstance(shown.event, OneTimeCodeRefused)


async def test_a_new_code_is_sent_after_the_wait_and_ends_the_old_one(insured: CodeFlow) -> None:
    await insured.type(KNOWN)
    first = (await insured.message())["code"]
    early = await insured.resend()
    assert (early.status, early.context["error"], early.context["wait_minutes"]) == (429, "sendlimit", 1)

    insured.now += 30
    again = await insured.resend()
    assert (again.status, again.context["resend_wait_seconds"]) == (200, 30)
    second = (await insured.message())["code"]
    if first != second:
        refused = await insured.enter(first)
        assert not isinstance(refused, AuthenticationResult)
    assert isinstance(await insured.enter(second), AuthenticationResult)


async def test_a_reload_shows_where_the_citizen_was(insured: CodeFlow) -> None:
    await insured.type(KNOWN)
    insured.now += 10

    shown = await insured.open()

    assert shown.template == "authentication/one_time_code"
    assert shown.context["resend_wait_seconds"] == 20
    assert shown.writes == ()


async def test_a_code_without_a_challenge_leads_to_the_first_page(insured: CodeFlow) -> None:
    shown = await insured.enter("123456")

    assert not isinstance(shown, AuthenticationResult)
    assert shown.template == "authentication/identifier"


async def test_a_register_that_is_down_is_an_outage(http: GuardedHttp, sqlite_database: Database) -> None:
    insured = flow(http, sqlite_database, "http://127.0.0.1:1")
    for interaction in ("1", "2", "3"):
        insured.interaction_id = interaction
        insured.now += 30
        with pytest.raises(SourceUnavailable):
            await insured.type(KNOWN)
    assert insured.source.is_failing()


async def test_without_a_gateway_the_source_is_out_of_order(
    running: tuple[Register, str], http: GuardedHttp, sqlite_database: Database
) -> None:
    configured = configuration("registry_otp", {"register_url": running[1]}, SECRETS)
    source = build_source(configured, tools(sqlite_database, http, sms_gateway_url=None))

    assert source.is_failing()
    with pytest.raises(SourceUnavailable, match="no_sms_gateway"):
        await source.check()


async def test_says_how_it_is(insured: CodeFlow) -> None:
    assert "well" in await insured.source.check()
    assert insured.source.leads_to() == ()
