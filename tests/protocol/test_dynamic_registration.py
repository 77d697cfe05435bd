"""RFC 7591, RFC 7592, OpenID Connect Registration 1.0: a program registers a service, and only what it may."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse

from idp.audit.events import ConfigurationChanged
from idp.registration.access import new_initial_access_token
from idp.settings import DynamicRegistration
from idp.storage.database import Database
from tests.support.assertions import ClientKey
from tests.support.http_server import served
from tests.support.provider import Provider, RelyingPartyDriver, answer_of, claims_of, running_provider

_CALLBACK = "https://service.example/callback"


@pytest.fixture
async def provider(database: Database) -> AsyncIterator[Provider]:
    async with running_provider(database, dynamic_registration=DynamicRegistration.OPEN) as running:
        yield running


async def _register(provider: Provider, **metadata: Any) -> httpx2.Response:
    sent = {"redirect_uris": [_CALLBACK], **metadata}
    return await provider.http.post("/register", json={name: value for name, value in sent.items() if value != "drop"})


def _bearer(answer: httpx2.Response) -> dict[str, str]:
    return {"authorization": f"Bearer {answer.json()['registration_access_token']}"}


async def test_a_registered_service_logs_in_with_what_it_was_given(provider: Provider) -> None:
    made = (await _register(provider, client_name="Dịch vụ", grant_types=["authorization_code"])).json()
    party = RelyingPartyDriver(provider, made["client_id"], made["client_secret"], _CALLBACK)

    tokens = await party.log_in(await provider.logged_in_browser(consenting_to=party))

    assert tokens["id_token"]
    assert await provider.count_of(ConfigurationChanged) == 1


async def test_the_answer_says_everything_that_was_registered_with_the_standards_defaults(provider: Provider) -> None:
    answer = await _register(provider, client_name="Dịch vụ", contacts=["a@service.example"], unheard_of="ignored")
    made = answer.json()

    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    assert made["redirect_uris"] == [_CALLBACK]
    assert made["client_name"] == "Dịch vụ"
    assert made["token_endpoint_auth_method"] == "client_secret_basic"
    assert made["id_token_signed_response_alg"] == "RS256"
    assert made["client_secret_expires_at"] == 0
    assert made["registration_client_uri"] == f"{provider.issuer}/register/{made['client_id']}"
    assert not {"unheard_of", "require_pkce", "registration_access_token_hash"} & set(made)


async def test_a_page_of_scripts_registers_itself_and_must_use_pkce(provider: Provider) -> None:
    answer = await _register(provider, token_endpoint_auth_method="none")
    made = answer.json()
    page = RelyingPartyDriver(provider, made["client_id"], "", _CALLBACK)
    browser = await provider.logged_in_browser(consenting_to=page)

    without = await page.authorize(browser, code_challenge=None, code_challenge_method=None)
    form = {"grant_type": "authorization_code", "redirect_uri": _CALLBACK, "code_verifier": page.code_verifier}
    told = await provider.http.post(
        "/token", data={**form, "client_id": page.client_id, "code": await page.code(browser)}
    )

    assert answer.status_code == 201
    assert "client_secret" not in made
    assert answer_of(without)["error"] == "invalid_request"
    assert told.status_code == 200


async def test_several_hosts_without_a_named_sector_are_a_sector_of_their_own(provider: Provider) -> None:
    alone = (await _register(provider)).json()
    both = (await _register(provider, redirect_uris=[_CALLBACK, "https://other.example/callback"])).json()
    person = "person"
    subs = []
    for made in (alone, both):
        party = RelyingPartyDriver(provider, made["client_id"], made["client_secret"], _CALLBACK)
        browser = await provider.logged_in_browser(consenting_to=party, person_id=person)
        subs.append(claims_of((await party.log_in(browser))["id_token"])["sub"])

    assert subs[0] != subs[1]


async def test_a_service_that_proves_itself_with_a_key_gets_no_secret(provider: Provider) -> None:
    made = await _register(provider, token_endpoint_auth_method="private_key_jwt", jwks=ClientKey().jwks())

    assert made.status_code == 201
    assert "client_secret" not in made.json()


_REFUSED: list[Any] = [
    pytest.param({"redirect_uris": "drop"}, "invalid_redirect_uri", id="no redirect URI"),
    pytest.param({"redirect_uris": []}, "invalid_redirect_uri", id="an empty list"),
    pytest.param({"redirect_uris": "https://a.example"}, "invalid_redirect_uri", id="no list"),
    pytest.param({"redirect_uris": [{"a": 1}]}, "invalid_redirect_uri", id="no text"),
    *(
        pytest.param({"redirect_uris": [uri]}, "invalid_redirect_uri", id=uri)
        for uri in (
            "javascript:alert(1)",
            "data:text/html,x",
            "http://service.example/callback",
            "https://service.example/callback#fragment",
            "https://service.example/callback#",
            "https://user:password@service.example/",
            "https://*.service.example/",
            "https://service.example\\@attacker.example/",
            "https:///callback",
            "//service.example/callback",
            "com.example.app:/callback",
            "https://dịch-vụ.example/",
            "https://service.example/ space",
            "https://[::1/",
        )
    ),
    pytest.param(
        {"redirect_uris": [_CALLBACK, "https://other.example/"], "subject_type": "pairwise"},
        "invalid_client_metadata",
        id="two sectors",
    ),
    *(
        pytest.param({name: value}, "invalid_client_metadata", id=f"{name} is the operator's")
        for name, value in {
            "sector": "portal.example",
            "minimum_level": "low",
            "allowed_sources": ["tax"],
            "legal_basis": "law",
            "legal_citation#en": "Law",
            "optional_claims": ["email"],
            "organisation": "Tax authority",
            "purpose#en": "everything",
            "require_pkce": False,
            "registration_access_token_hash": "0" * 64,
            "client_id": "portal",
            "client_secret": "x" * 43,
        }.items()
    ),
    pytest.param({"token_endpoint_auth_method": "client_secret_jwt"}, "invalid_client_metadata", id="a shared key"),
    pytest.param({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata", id="a key, but none"),
    pytest.param({"id_token_signed_response_alg": "none"}, "invalid_client_metadata", id="alg none"),
    pytest.param({"id_token_signed_response_alg": "HS256"}, "invalid_client_metadata", id="alg HS256"),
    pytest.param({"id_token_encrypted_response_alg": "RSA-OAEP"}, "invalid_client_metadata", id="encryption"),
    pytest.param({"response_types": ["token"]}, "invalid_client_metadata", id="implicit"),
    pytest.param({"grant_types": ["password"]}, "invalid_client_metadata", id="the password grant"),
    pytest.param({"grant_types": [{}]}, "invalid_client_metadata", id="a grant type that is no text"),
    pytest.param({"subject_type": "public"}, "invalid_client_metadata", id="public subjects"),
    pytest.param({"scope": "openid everything"}, "invalid_client_metadata", id="an unknown scope"),
    pytest.param({"request_uris": ["https://service.example/r"]}, "invalid_client_metadata", id="request_uris, off"),
    pytest.param({"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}}, "invalid_client_metadata", id="a secret key"),
    pytest.param(
        {"jwks": ClientKey().jwks(), "jwks_uri": "https://service.example/jwks"}, "invalid_client_metadata", id="both"
    ),
    pytest.param({"jwks_uri": "file:///etc/passwd"}, "invalid_client_metadata", id="jwks_uri is a file"),
    pytest.param({"logo_uri": "javascript:alert(1)"}, "invalid_client_metadata", id="logo_uri is a script"),
    pytest.param({"initiate_login_uri": "http://127.0.0.1/login"}, "invalid_client_metadata", id="plain http"),
    pytest.param({"backchannel_logout_uri": "gopher://x"}, "invalid_client_metadata", id="gopher"),
    pytest.param({"sector_identifier_uri": "http://127.0.0.1:1/s"}, "invalid_client_metadata", id="sector over http"),
    pytest.param({"sector_identifier_uri": "https://127.0.0.1:1/s"}, "invalid_client_metadata", id="sector inside"),
    pytest.param({"client_name": "<" * 501}, "invalid_client_metadata", id="an endless name"),
    pytest.param({"client_name": "two\nlines"}, "invalid_client_metadata", id="a name of two lines"),
    pytest.param({"default_max_age": "300"}, "invalid_client_metadata", id="a number as text"),
]


@pytest.mark.parametrize(("metadata", "error"), _REFUSED)
async def test_what_a_program_may_not_register_is_refused(
    provider: Provider, metadata: dict[str, Any], error: str
) -> None:
    answer = await _register(provider, **metadata)

    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.json()["error_description"].isascii()
    assert await provider.services.database.fetch_row("SELECT client_id FROM client") is None


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(b"[]", "application/json", id="a list"),
        pytest.param(b"{", "application/json", id="half of it"),
        pytest.param(b'{"redirect_uris":[],"redirect_uris":["https://a.example"]}', "application/json", id="twice"),
        pytest.param(b"[" * 60_000, "application/json", id="endlessly nested"),
        pytest.param(b"{}", "text/plain", id="another type"),
    ],
)
async def test_what_is_no_json_object_is_refused(provider: Provider, body: bytes, content_type: str) -> None:
    answer = await provider.http.post("/register", content=body, headers={"content-type": content_type})

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


async def test_a_registration_is_read_and_replaced_and_ended_by_who_made_it(provider: Provider) -> None:
    made = await _register(provider, client_name="Before", policy_uri="https://service.example/policy")
    address, headers = f"/register/{made.json()['client_id']}", _bearer(made)
    sent = {"client_id": made.json()["client_id"], "redirect_uris": [_CALLBACK], "client_name": "After"}

    read = await provider.http.get(address, headers=headers)
    replaced = await provider.http.put(address, headers=headers, json=sent)
    ended = await provider.http.delete(address, headers=headers)
    gone = await provider.http.get(address, headers=headers)

    assert (read.status_code, replaced.status_code, ended.status_code, gone.status_code) == (200, 200, 204, 401)
    assert read.json()["client_name"] == "Before"
    assert replaced.json()["client_name"] == "After"
    assert "policy_uri" not in replaced.json()


async def test_after_the_end_nothing_works_any_more(provider: Provider) -> None:
    made = await _register(provider)
    party = RelyingPartyDriver(provider, made.json()["client_id"], made.json()["client_secret"], _CALLBACK)
    tokens = await party.log_in(await provider.logged_in_browser(consenting_to=party))

    await provider.http.delete(f"/register/{party.client_id}", headers=_bearer(made))

    assert (await party.userinfo(tokens["access_token"])).status_code == 401
    assert (await party.redeem("anything")).json()["error"] == "invalid_client"


async def test_the_secret_survives_a_replacement(provider: Provider) -> None:
    made = await _register(provider)
    party = RelyingPartyDriver(provider, made.json()["client_id"], made.json()["client_secret"], _CALLBACK)
    sent = {"client_id": party.client_id, "redirect_uris": [_CALLBACK]}

    await provider.http.put(f"/register/{party.client_id}", headers=_bearer(made), json=sent)

    assert (await party.redeem("anything")).json()["error"] == "invalid_grant"


async def test_nobody_reads_or_changes_what_is_not_theirs(provider: Provider) -> None:
    portal = await provider.register("portal")
    mine, other = await _register(provider), await _register(provider)
    theirs = f"/register/{other.json()['client_id']}"

    answers = [
        await provider.http.get(theirs, headers=_bearer(mine)),
        await provider.http.get(theirs),
        await provider.http.delete(theirs, headers=_bearer(mine)),
        await provider.http.get(f"/register/{portal.client_id}", headers=_bearer(mine)),
        await provider.http.get("/register/nobody", headers=_bearer(mine)),
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers[2:]}) == 1


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"client_id": "another"}, id="another id"),
        pytest.param({"redirect_uris": ["https://elsewhere.example/callback"]}, id="another sector"),
        pytest.param({"minimum_level": "low"}, id="what only operators decide"),
        pytest.param({"redirect_uris": ["javascript:alert(1)"]}, id="a dangerous address"),
    ],
)
async def test_a_replacement_passes_the_checks_of_a_registration(provider: Provider, changes: dict[str, Any]) -> None:
    made = await _register(provider)
    address = f"/register/{made.json()['client_id']}"
    sent = {"client_id": made.json()["client_id"], "redirect_uris": [_CALLBACK], **changes}

    answer = await provider.http.put(address, headers=_bearer(made), json=sent)

    assert answer.status_code == 400
    assert (await provider.http.get(address, headers=_bearer(made))).json()["redirect_uris"] == [_CALLBACK]


async def test_with_initial_access_tokens_only_their_holders_register(database: Database) -> None:
    async with running_provider(database, dynamic_registration=DynamicRegistration.TOKEN) as provider:
        good, write = new_initial_access_token(expires_at=int(provider.clock()) + 60)
        old, expired = new_initial_access_token(expires_at=int(provider.clock()))
        await database.commit(write, expired)
        sent = {"redirect_uris": [_CALLBACK]}

        answers = {
            name: await provider.http.post("/register", json=sent, headers=headers)
            for name, headers in {
                "good": {"authorization": f"Bearer {good}"},
                "again": {"authorization": f"Bearer {good}"},
                "expired": {"authorization": f"Bearer {old}"},
                "unknown": {"authorization": f"Bearer {'x' * 43}"},
                "none": {},
            }.items()
        }

    assert {name: answer.status_code for name, answer in answers.items()} == {
        "good": 201,
        "again": 201,
        "expired": 401,
        "unknown": 401,
        "none": 401,
    }


async def test_where_registration_is_off_there_is_nothing(database: Database) -> None:
    async with running_provider(database) as provider:
        answer = await _register(provider)
        document = (await provider.http.get("/.well-known/openid-configuration")).json()

    assert answer.status_code == 404
    assert "registration_endpoint" not in document


async def test_discovery_names_the_endpoint_where_it_is_on(provider: Provider) -> None:
    document = (await provider.http.get("/.well-known/openid-configuration")).json()

    assert document["registration_endpoint"] == f"{provider.issuer}/register"


@pytest.fixture
def sector_list() -> Iterator[tuple[str, list[Any]]]:
    """The address of a sector identifier, and what it lists."""
    listed: list[Any] = []

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await JSONResponse(listed)(Request(scope).scope, receive, send)

    with served(answer) as address:
        yield address, listed


async def test_a_sector_is_not_joined_over_plain_http(database: Database, sector_list: tuple[str, list[Any]]) -> None:
    address, listed = sector_list
    listed.append(_CALLBACK)
    allowed = (urlsplit(address).netloc,)
    async with running_provider(
        database, dynamic_registration=DynamicRegistration.OPEN, outbound_allow_list=allowed
    ) as provider:
        answer = await _register(provider, sector_identifier_uri=address)

    assert answer.json()["error"] == "invalid_client_metadata"
