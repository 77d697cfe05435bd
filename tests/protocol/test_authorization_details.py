"""RFC 9396: what a service may ask to be allowed, in the operator's words, and where that is told."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from idp.audit.events import ConsentGiven
from idp.consent.details import digest_of
from idp.storage.database import Database
from tests.support.assertions import ClientKey
from tests.support.provider import Browser, answer_of, claims_of, running_provider
from tests.support.resources import (
    DECLARATION,
    INSURANCE,
    OFFLINE,
    RECORD,
    TAX,
    TYPES,
    TYPES_FILE,
    Neighbourhood,
    agreed,
    allowed_code,
    allowed_tokens,
    consent_page,
    details,
    introspected,
    neighbourhood,
)

_REFUSED = "invalid_authorization_details"


@pytest.fixture
async def here(database: Database) -> AsyncIterator[Neighbourhood]:
    async with running_provider(database, authorization_details_types=TYPES_FILE) as provider:
        yield await neighbourhood(provider)


@pytest.fixture
async def browser(here: Neighbourhood) -> Browser:
    return await here.provider.logged_in_browser(consenting_to=here.service, person_id="hoa")


async def test_what_was_allowed_is_told_to_the_service_and_to_its_resource_server(
    here: Neighbourhood, browser: Browser
) -> None:
    tokens = await allowed_tokens(here.service, browser, authorization_details=details(DECLARATION))

    told = await introspected(here.tax, tokens["access_token"])

    assert tokens["authorization_details"] == told["authorization_details"] == [DECLARATION]
    assert told["aud"] == TAX


async def test_each_resource_server_is_told_of_its_own_and_of_no_other(here: Neighbourhood, browser: Browser) -> None:
    both = details(DECLARATION, RECORD)
    for resource, wanted in ((TAX, DECLARATION), (INSURANCE, RECORD)):
        code = await allowed_code(here.service, browser, authorization_details=both)

        tokens = (await here.service.redeem(code, resource=resource)).json()

        server = here.tax if resource == TAX else here.insurance
        assert tokens["authorization_details"] == [wanted]
        assert (await introspected(server, tokens["access_token"]))["authorization_details"] == [wanted]


async def test_the_token_request_narrows_to_what_it_names(here: Neighbourhood, browser: Browser) -> None:
    other = {**DECLARATION, "period": "2026-Q2"}
    code = await allowed_code(here.service, browser, authorization_details=details(DECLARATION, other, RECORD))

    wider = await here.service.redeem(code, authorization_details=details({**other, "amount": 1}))
    bent = await here.service.redeem(code, authorization_details="[")
    crossed = await here.service.redeem(code, authorization_details=details(RECORD), resource=TAX)
    tokens = (await here.service.redeem(code, authorization_details=details(other))).json()

    assert [answer.json()["error"] for answer in (wider, bent, crossed)] == [_REFUSED] * 3
    assert tokens["authorization_details"] == [other]
    assert (await introspected(here.tax, tokens["access_token"]))["authorization_details"] == [other]


async def test_a_number_that_is_no_number_narrows_to_what_was_granted(here: Neighbourhood, browser: Browser) -> None:
    one = {**DECLARATION, "amount": 1}
    code = await allowed_code(here.service, browser, authorization_details=details(one))

    tokens = (await here.service.redeem(code, authorization_details=details({**one, "amount": True}))).text

    assert '"amount":1' in tokens


async def test_what_is_allowed_once_is_in_no_refreshed_token(here: Neighbourhood, browser: Browser) -> None:
    first = await allowed_tokens(
        here.service, browser, authorization_details=details(DECLARATION), resource=TAX, scope=OFFLINE
    )

    second = (await here.service.refresh(first["refresh_token"])).json()
    again = await here.service.refresh(second["refresh_token"], authorization_details=details(DECLARATION))

    assert "authorization_details" in first
    assert "authorization_details" not in second
    assert "authorization_details" not in await introspected(here.tax, second["access_token"])
    assert again.json()["error"] == _REFUSED


async def test_what_is_not_for_once_is_refreshed_and_narrowed(database: Database, tmp_path: Any) -> None:
    lasting = tmp_path / "types.toml"
    lasting.write_text(TYPES_FILE.read_text(encoding="utf-8").replace("once = true\n", ""), encoding="utf-8")
    async with running_provider(database, authorization_details_types=lasting) as provider:
        here = await neighbourhood(provider)
        browser = await provider.logged_in_browser(consenting_to=here.service)
        both = details(DECLARATION, RECORD)
        first = await allowed_tokens(here.service, browser, authorization_details=both, scope=OFFLINE)

        narrow = await here.service.refresh(first["refresh_token"], authorization_details=details(RECORD))
        wide = (await here.service.refresh(narrow.json()["refresh_token"])).json()

        assert claims_of(narrow.json()["access_token"])["authorization_details"] == [RECORD]
        assert wide["authorization_details"] == [DECLARATION]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "[]",
        "{}",
        "null",
        "[1]",
        '["tax_declaration"]',
        "[" * 3000,
        '[{"a":' * 400 + "1",
        details({"type": "unknown"}),
        details({}),
        details({"type": ["tax_declaration"]}),
        details({"type": "tax_declaration"}),
        details({**DECLARATION, "note": "Bấm đồng ý để nhận thưởng"}),
        details({**DECLARATION, "amount": "1234567"}),
        details({**DECLARATION, "amount": 1.5}),
        details({**DECLARATION, "amount": True}),
        details({**DECLARATION, "amount": -1}),
        details({**DECLARATION, "amount": 10**16}),
        details({**DECLARATION, "amount": {"value": 1}}),
        details({**DECLARATION, "form": "<b>thuế</b>"}),
        details({**DECLARATION, "form": None}),
        details({**DECLARATION, "period": "2026-Q5"}),
        details({**DECLARATION, "due": "2026-02-30"}),
        details({**DECLARATION, "due": "hôm nay"}),
        details({**DECLARATION, "reference": "NGAY MAI"}),
        details({**RECORD, "from": "2020-13"}),
        details(DECLARATION, DECLARATION),
        details(*({**DECLARATION, "amount": number} for number in range(6))),
        json.dumps([DECLARATION]).replace('"amount": 1234567', '"amount": 1, "amount": 1234567'),
        json.dumps([DECLARATION]).replace("1234567", "NaN"),
        json.dumps([DECLARATION]) + " " * 5000,
    ],
)
async def test_what_no_type_describes_is_refused_everywhere(here: Neighbourhood, browser: Browser, value: str) -> None:
    answer = answer_of(await here.service.authorize(browser, authorization_details=value or "[]"))
    pushed = await here.service.post(
        "/par", **here.service.authorization_parameters(authorization_details=value or "[]")
    )

    assert answer["error"] == pushed.json()["error"] == _REFUSED
    assert "thưởng" not in answer["error_description"]


async def test_a_type_the_client_is_not_registered_for_is_as_unknown_as_any(here: Neighbourhood) -> None:
    for registered in ({"authorization_details_types": TYPES[:1]}, {"allowed_resources": [INSURANCE]}):
        await here.provider.amend(
            here.service, **{"authorization_details_types": TYPES, "allowed_resources": [INSURANCE, TAX]} | registered
        )

        answer = answer_of(
            await here.service.authorize(here.provider.browser(), authorization_details=details(DECLARATION))
        )

        assert answer["error"] == _REFUSED


async def test_without_a_file_of_types_nothing_of_it_is_offered(database: Database) -> None:
    async with running_provider(database) as provider:
        here = await neighbourhood(provider)

        answer = answer_of(await here.service.authorize(provider.browser(), authorization_details=details(RECORD)))

        assert answer["error"] == _REFUSED


async def test_discovery_names_the_types(here: Neighbourhood) -> None:
    document = (await here.provider.http.get("/.well-known/openid-configuration")).json()

    assert document["authorization_details_types_supported"] == sorted(TYPES)


async def test_a_signed_request_carries_them_as_the_array_they_are(here: Neighbourhood) -> None:
    key = ClientKey()
    signing = await here.provider.register(
        "signing", jwks=key.jwks(), allowed_resources=[INSURANCE, TAX], authorization_details_types=TYPES
    )
    browser = await here.provider.logged_in_browser(consenting_to=signing)
    claims = signing.authorization_parameters()
    signed = key.sign(
        {**claims, "iss": signing.client_id, "aud": here.provider.issuer}
        | {"authorization_details": [DECLARATION], "resource": [TAX, INSURANCE]}
    )

    tokens = await allowed_tokens(signing, browser, request=signed)

    assert tokens["authorization_details"] == [DECLARATION]


async def test_the_page_says_it_in_the_operators_words_and_the_persons_language(
    here: Neighbourhood, browser: Browser
) -> None:
    wanted = details({**DECLARATION, "due": "2026-04-30", "reference": "HS-2026/17"}, {**RECORD, "reason": "pension"})

    vietnamese = await consent_page(here.service, browser, authorization_details=wanted)
    english = await consent_page(here.service, browser, authorization_details=wanted, ui_locales="en")

    for said in (
        "Được nộp thay ông/bà một tờ khai thuế thu nhập cá nhân cho quý 1 năm 2026, với số thuế phải nộp là "
        "1.234.567 đồng.",
        "Hạn nộp: 30/04/2026",
        "Mã hồ sơ: HS-2026/17",
        "từ tháng 01/2020 đến tháng 06/2026",
        "giải quyết chế độ hưu trí",
        "Cục Thuế",
        "không được gia hạn",
    ):
        assert said in vietnamese.text, said
    assert "May submit for you one declaration of personal income tax for quarter 1 of 2026" in english.text
    assert "1,234,567 VND" in english.text
    assert "tax_declaration" not in vietnamese.text


async def test_it_is_asked_anew_each_time_and_never_in_silence(here: Neighbourhood, browser: Browser) -> None:
    wanted = details(DECLARATION)
    for _ in range(2):
        silent = answer_of(await here.service.authorize(browser, authorization_details=wanted, prompt="none"))
        page = await consent_page(here.service, browser, authorization_details=wanted)

        assert silent["error"] == "consent_required"
        assert "code" in await agreed(browser, page)
    refused = await agreed(browser, await consent_page(here.service, browser, authorization_details=wanted), "refuse")
    assert refused["error"] == "access_denied"


async def test_a_service_that_acts_by_law_asks_for_it_all_the_same(here: Neighbourhood) -> None:
    await here.provider.amend(here.service, legal_basis="law", legal_citation="Luật 38/2019/QH14")
    browser = await here.provider.logged_in_browser(consenting_to=here.service)

    page = await consent_page(here.service, browser, authorization_details=details(DECLARATION))

    assert "1.234.567 đồng" in page.text
    assert "Không đồng ý" in page.text


async def test_a_yes_of_one_person_allows_nothing_of_another_in_the_same_browser(here: Neighbourhood) -> None:
    hoa = await here.provider.logged_in_browser(consenting_to=here.service, person_id="hoa")
    page = await consent_page(here.service, hoa, authorization_details=details(DECLARATION))
    form = {"csrf": page.text.split('name="csrf" value="')[1].split('"')[0], "decision": "approve"}
    posted = await hoa.post(page.url.path, form)
    somebody_else = await here.provider.logged_in_browser(consenting_to=here.service, person_id="binh")
    name = here.provider.services.cookies.session
    hoa.http.cookies.set(name, somebody_else.http.cookies[name])

    step = await hoa.get(posted.headers["location"])

    assert step.headers["location"].endswith("/consent")


async def test_the_receipt_proves_exactly_what_was_allowed_and_holds_none_of_it(
    here: Neighbourhood, browser: Browser
) -> None:
    await allowed_code(here.service, browser, authorization_details=details(DECLARATION), resource=TAX)
    await allowed_code(here.service, browser, authorization_details=details(RECORD))

    rows = await here.provider.services.database.fetch_all(
        "SELECT claims, withdrawn_at FROM consent WHERE person_id = $1", "hoa"
    )
    kept = {row["withdrawn_at"] is None: json.loads(str(row["claims"])) for row in rows if "details" in str(row)}

    assert kept[True]["details"] == [{"type": "social_insurance_record", "sha256": digest_of(RECORD)}]
    assert kept[False]["details"] == [{"type": "tax_declaration", "sha256": digest_of(DECLARATION)}]
    assert kept[True]["resources"] == [TAX]
    assert not any("1234567" in str(row) for row in rows)
    given = [event for event in await here.provider.events() if event["event"] == ConsentGiven.name]
    assert sorted(event["detail"]["allowed"] for event in given) == [["social_insurance_record"], ["tax_declaration"]]


async def test_a_type_withdrawn_from_the_service_is_in_no_token_any_more(here: Neighbourhood, browser: Browser) -> None:
    tokens = await allowed_tokens(here.service, browser, authorization_details=details(DECLARATION))
    code = await allowed_code(here.service, browser, authorization_details=details(DECLARATION), resource=TAX)

    await here.provider.amend(here.service, authorization_details_types=TYPES[:1])

    assert "authorization_details" not in await introspected(here.tax, tokens["access_token"])
    assert "authorization_details" not in (await here.service.redeem(code)).json()
