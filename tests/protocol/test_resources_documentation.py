"""The lines of docs/resources.md run, and refuse what they must."""

import json
import re
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import KeySet

from idp.protocol.client_metadata import parse_client
from idp.protocol.detail_types import parse_detail_types
from idp.storage.database import Database
from tests.protocol.test_dpop import proof_of
from tests.support.assertions import ClientKey
from tests.support.provider import Browser, running_provider
from tests.support.resources import (
    INSURANCE,
    TAX,
    Neighbourhood,
    allowed_code,
    allowed_tokens,
    neighbourhood,
)

_PAGE = (Path(__file__).parents[2] / "docs" / "resources.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """The first block of that language."""
    found = re.search(rf"```{language}\n(.*?)```", _PAGE, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
async def here(sqlite_database: Database) -> AsyncIterator[Neighbourhood]:
    async with running_provider(sqlite_database) as provider:
        yield await neighbourhood(provider)


@pytest.fixture
async def browser(here: Neighbourhood) -> Browser:
    return await here.provider.logged_in_browser(consenting_to=here.service)


@pytest.fixture
async def resource_server(here: Neighbourhood) -> Any:
    names: dict[str, Any] = {}
    exec(compile(block("python"), "docs/resources.md", "exec"), names)
    keys = KeySet.import_key_set((await here.provider.http.get("/jwks")).json())

    def read(token: str, *, resource: str = INSURANCE, later: int = 0) -> Any:
        now = int(here.provider.clock()) + later
        try:
            return names["person_behind"](token, keys, issuer=here.provider.issuer, resource=resource, now=now)
        except names["Refused"]:
            return None

    return read


async def test_a_token_for_the_resource_is_read(here: Neighbourhood, browser: Browser, resource_server: Any) -> None:
    token = (await allowed_tokens(here.service, browser, resource=INSURANCE))["access_token"]

    assert resource_server(token)["client_id"] == "one-stop"


async def test_whatever_else_is_shown_is_refused(here: Neighbourhood, browser: Browser, resource_server: Any) -> None:
    tokens = await allowed_tokens(here.service, browser, resource=INSURANCE)
    token, id_token = tokens["access_token"], tokens["id_token"]
    head, payload, signature = token.split(".")

    assert resource_server(token, resource=TAX) is None
    assert resource_server(token, later=620) is None
    assert resource_server(id_token, resource=here.service.client_id) is None
    assert resource_server(f"{head}.{payload}.{signature[::-1]}") is None
    assert resource_server("eyJhbGciOiJub25lIn0." + payload + ".") is None
    assert resource_server("x") is None


async def test_a_bound_token_is_not_taken_for_a_bearer_token(
    here: Neighbourhood, browser: Browser, resource_server: Any
) -> None:
    code = await allowed_code(here.service, browser, resource=INSURANCE)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": here.service.redirect_uri,
        "code_verifier": here.service.code_verifier,
    }
    headers = {"authorization": here.service.basic(), "dpop": proof_of(ClientKey(), "/token")}
    token = (await here.provider.http.post("/token", data=form, headers=headers)).json()["access_token"]

    assert resource_server(token) is None


def test_the_registration_and_the_type_are_taken() -> None:
    metadata = json.loads(block("json"))
    client_id, sector = metadata.pop("client_id"), metadata.pop("sector")

    assert parse_client(client_id, metadata, sector=sector).resource == INSURANCE
    written = tomllib.loads(block("toml"))
    assert list(parse_detail_types(written)) == ["social_insurance_record"]
