"""A mobile number proves itself; who holds it, only its operator may say."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import anyio
import pytest

from idp.audit.events import SourceFailed
from idp.authentication.contract import Authenticated, AuthenticationResult, Show
from idp.authentication.kinds import build_source
from idp.errors import DeceasedRefused, NumberDisabled
from idp.protocol.levels import LevelOfAssurance
from idp.storage.database import Database
from idp.storage.vault import Vault
from idp.web.guarded_http import GuardedHttp
from tests.support.code_flow import CodeFlow
from tests.support.http_server import served
from tests.support.registers import SECRETS, Register, record
from tests.support.sources import MASTER_KEY, NOW, Clock, configuration, tools, visit

NUMBER = "+84530000001"
DAY = 24 * 3600


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Register, str]]:
    register = Register()
    with served(register) as url:
        yield register, url


@pytest.fixture
def operator(running: tuple[Register, str]) -> Register:
    running[0].reset()
    return running[0]


@pytest.fixture
async def http(running: tuple[Register, str]) -> AsyncIterator[GuardedHttp]:
    client = GuardedHttp(clock=Clock(), allow_list=(urlsplit(running[1]).netloc, "127.0.0.1:1"))
    yield client
    await client.aclose()


@pytest.fixture
def bare(http: GuardedHttp, database: Database) -> CodeFlow:
    configured = configuration("mobile_otp", {}, id="mobile", assurance="low")
    return CodeFlow(build_source(configured, tools(database, http)), database)


@pytest.fixture
def vouched(running: tuple[Register, str], operator: Register, http: GuardedHttp, database: Database) -> CodeFlow:
    configured = configuration("mobile_otp", {"register_url": running[1]}, SECRETS, id="mobile", assurance="low")
    return CodeFlow(build_source(configured, tools(database, http)), database)


async def test_a_number_nobody_vouches_for_is_a_person_of_its_own(bare: CodeFlow) -> None:
    shown = await bare.type("0530 000 001")
    assert shown.context["masked_destination"] == "053 *** *001"
    assert (await bare.message())["to"] == NUMBER

    result = await bare.enter((await bare.message())["code"])

    assert isinstance(result, AuthenticationResult)
    assert result.source_subject == NUMBER
    assert result.level is LevelOfAssurance.LOW
    assert result.identity_level == "low"
    assert result.identity.claims() == {"phone_number": NUMBER}
    assert result.forgotten_after == 180 * DAY
    assert result.supersedes == ()


async def test_the_operator_may_say_who_subscribes(vouched: CodeFlow, operator: Register) -> None:
    operator.records[NUMBER] = record(subject="S-7")

    result = await vouched.log_in(NUMBER)

    assert result.source_subject == f"{NUMBER} S-7"
    assert result.identity.personal_id == "099079000028"
    assert result.identity.phone_number == NUMBER
    assert result.forgotten_after is None
    assert result.supersedes == (NUMBER,)
    assert [question["identifier_type"] for question in operator.asked] == ["mobile_number"]


async def test_a_recycled_number_inherits_nothing(vouched: CodeFlow, operator: Register) -> None:
    operator.records[NUMBER] = record(subject="S-7")
    before = await vouched.log_in(NUMBER)

    operator.records[NUMBER] = record(subject="S-8")
    vouched.now += 60
    vouched.state = {}
    after = await vouched.log_in(NUMBER)

    assert before.source_subject != after.source_subject


async def test_the_operator_is_asked_only_after_the_right_code(vouched: CodeFlow, operator: Register) -> None:
    await vouched.type(NUMBER)
    await vouched.enter("000000")

    assert operator.asked == []


async def test_a_number_the_operator_does_not_know_stays_a_person_of_its_own(
    vouched: CodeFlow, operator: Register
) -> None:
    assert (await vouched.log_in(NUMBER)).source_subject == NUMBER


DOWN = (503, b"{}")


async def test_an_operator_that_is_down_lets_nobody_in_as_somebody_else(vouched: CodeFlow, operator: Register) -> None:
    operator.answer = DOWN
    await vouched.type(NUMBER)

    shown = await vouched.enter((await vouched.message())["code"])

    assert isinstance(shown, Show)
    assert (shown.template, shown.status) == ("authentication/source_unavailable", 503)
    assert isinstance(shown.event, SourceFailed)
    assert shown.event.reason == "status_503"


async def test_after_an_outage_the_proved_code_still_counts(vouched: CodeFlow, operator: Register) -> None:
    operator.records[NUMBER] = record(subject="S-7")
    operator.answer = DOWN
    await vouched.type(NUMBER)
    code = (await vouched.message())["code"]
    await vouched.enter(code)
    assert (await vouched.open()).status == 503

    operator.answer = None
    vouched.now += 299
    outcome = await vouched.source.begin(visit(state=vouched.state, now=vouched.now))

    assert isinstance(outcome, Authenticated)
    assert outcome.result.source_subject == f"{NUMBER} S-7"
    assert isinstance(await vouched.enter(code), AuthenticationResult)


async def test_an_operator_that_hangs_is_given_up_and_the_proof_kept(
    running: tuple[Register, str], operator: Register, sqlite_database: Database
) -> None:
    patient = GuardedHttp(clock=Clock(), allow_list=(urlsplit(running[1]).netloc,), deadline=600)
    configured = configuration("mobile_otp", {"register_url": running[1]}, SECRETS, id="mobile", assurance="low")
    flow = CodeFlow(build_source(configured, tools(sqlite_database, patient)), sqlite_database)
    await flow.type(NUMBER)
    operator.hanging = True

    with anyio.fail_after(60):
        shown = await flow.enter((await flow.message())["code"])

    assert isinstance(shown, Show)
    assert isinstance(shown.event, SourceFailed)
    assert shown.event.reason == "too_slow"
    operator.hanging = False
    assert isinstance(await flow.enter("000000"), AuthenticationResult)
    await patient.aclose()


async def test_a_proof_grows_old(vouched: CodeFlow, operator: Register) -> None:
    operator.answer = DOWN
    await vouched.type(NUMBER)
    code = (await vouched.message())["code"]
    await vouched.enter(code)
    for _ in range(2):
        vouched.now += 150
        shown = await vouched.open()

    assert shown.template == "authentication/one_time_code"
    again = await vouched.enter(code)
    assert isinstance(again, Show)
    assert again.context["error"] == "expired"


@pytest.mark.parametrize("other", [NUMBER, "+84530000009"], ids=["the same number", "another number"])
async def test_a_proof_is_nobody_elses(vouched: CodeFlow, operator: Register, other: str) -> None:
    operator.answer = DOWN
    await vouched.type(NUMBER)
    await vouched.enter((await vouched.message())["code"])
    operator.answer = None

    vouched.now += 60
    await vouched.type(other)

    assert (await vouched.open()).template == "authentication/one_time_code"
    assert isinstance(await vouched.enter("000000"), Show)


async def test_a_wrong_code_proves_nothing_while_the_operator_is_down(vouched: CodeFlow, operator: Register) -> None:
    operator.answer = DOWN
    await vouched.type(NUMBER)
    code = (await vouched.message())["code"]
    await vouched.enter(f"{(int(code) + 1) % 1_000_000:06d}")
    operator.answer = None

    assert (await vouched.open()).template == "authentication/one_time_code"


async def test_a_subscription_of_a_deceased_person_is_refused(vouched: CodeFlow, operator: Register) -> None:
    operator.records[NUMBER] = record(deceased=True)

    await vouched.type(NUMBER)
    with pytest.raises(DeceasedRefused):
        await vouched.enter((await vouched.message())["code"])


@pytest.mark.parametrize("typed", ["0281234567", "19001234", "+1 202 555 0100", "0530000001, 0530000002", "x"])
async def test_only_vietnamese_mobile_numbers_get_a_code(bare: CodeFlow, typed: str) -> None:
    shown = await bare.type(typed)

    assert (shown.template, shown.status) == ("authentication/identifier", 400)


async def test_the_page_tells_the_tries_that_are_left(bare: CodeFlow) -> None:
    await bare.type(NUMBER)
    code = (await bare.message())["code"]
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"

    left = []
    for _ in range(5):
        shown = await bare.enter(wrong)
        assert not isinstance(shown, AuthenticationResult)
        assert shown.status == 400
        left.append(shown.context["tries_left"])
    assert left == [4, 3, 2, 1, 0]
    spent = await bare.enter(code)
    assert not isinstance(spent, AuthenticationResult)
    assert spent.context["error"] == "expired"


async def test_ten_wrong_a_day_lock_the_number_for_the_day_on_every_path(bare: CodeFlow, database: Database) -> None:
    for sent in range(2):
        bare.now = NOW + 30 * sent
        bare.state = {}
        await bare.type(NUMBER)
        code = (await bare.message())["code"]
        for _ in range(5):
            await bare.enter(f"{(int(code) + 1) % 1_000_000:06d}")

    bare.now += 30
    other_browser = CodeFlow(bare.source, database, interaction_id="interaction-2", now=bare.now)
    shown = await other_browser.type(NUMBER)
    assert (shown.status, shown.context["error"]) == (429, "limit")
    resent = await bare.resend()
    assert (resent.status, resent.context["error"]) == (429, "sendlimit")


async def test_a_disabled_number_is_told_as_such(bare: CodeFlow) -> None:
    for day in range(10):
        for sent in range(2):
            bare.now = NOW + day * (DAY + 60) + 30 * sent
            bare.state = {}
            await bare.type(NUMBER)
            code = (await bare.message())["code"]
            for _ in range(5):
                await bare.enter(f"{(int(code) + 1) % 1_000_000:06d}")

    bare.now += 40 * DAY
    with pytest.raises(NumberDisabled):
        await bare.type(NUMBER)


async def test_a_code_on_its_way_outlives_a_rotation_of_the_master_key(http: GuardedHttp, database: Database) -> None:
    configured = configuration("mobile_otp", {}, id="mobile", assurance="low")
    before = CodeFlow(build_source(configured, tools(database, http)), database)
    await before.type(NUMBER)
    rotated = replace(tools(database, http), vault=Vault([("k2", bytes(32)), ("k1", MASTER_KEY)]))
    after = CodeFlow(build_source(configured, rotated), database, state=before.state)

    assert isinstance(await after.enter((await before.message())["code"]), AuthenticationResult)


async def test_the_message_is_in_the_language_of_the_page(bare: CodeFlow) -> None:
    bare.overrides = {"locale": "en"}
    await bare.type(NUMBER)

    text = (await bare.message())["text"]
    assert text.startswith("DNVN: ")
    assert "NEVER" in text
    assert "Cong dich vu cong" in text
