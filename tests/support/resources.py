"""Two resource servers of the sandbox, the service that may use both, and a person who lets it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from tests.support.provider import Browser, Provider, RelyingPartyDriver, answer_of, csrf_of

TYPES_FILE = Path(__file__).parents[2] / "examples" / "authorization_details_types.toml"
INSURANCE = "https://du-lieu.bao-hiem.example"
TAX = "https://khai-thue.thue.example"

RECORD = {"type": "social_insurance_record", "from": "2020-01", "to": "2026-06"}
DECLARATION = {"type": "tax_declaration", "form": "personal_income", "period": "2026-Q1", "amount": 1234567}
TYPES = [str(RECORD["type"]), str(DECLARATION["type"])]
OFFLINE = "openid profile phone offline_access"


@dataclass(frozen=True)
class Neighbourhood:
    """`insurance` takes JWTs and signs what it is told; `tax` takes opaque tokens and asks about each."""

    provider: Provider
    service: RelyingPartyDriver
    insurance: RelyingPartyDriver
    tax: RelyingPartyDriver


async def neighbourhood(provider: Provider, **service: Any) -> Neighbourhood:
    insurance = await provider.register(
        "insurance",
        client_name="Bảo hiểm xã hội",
        redirect_uris=["https://insurance.example/callback"],
        resource=INSURANCE,
        scope="openid profile",
        access_token_signed_response_alg="ES256",
        introspection_signed_response_alg="PS256",
    )
    tax = await provider.register("tax", client_name="Cục Thuế", resource=TAX, scope="openid phone")
    wanted = {"allowed_resources": [INSURANCE, TAX], "authorization_details_types": TYPES, **service}
    return Neighbourhood(provider, await provider.register("one-stop", **wanted), insurance, tax)


def details(*wanted: dict[str, Any]) -> str:
    return json.dumps(wanted)


async def consent_page(party: RelyingPartyDriver, browser: Browser, **changes: str | None) -> httpx2.Response:
    """The page that this request leads to."""
    response = await party.authorize(browser, **changes)
    step = await browser.get(response.headers["location"])
    page = await browser.get(step.headers["location"])
    assert page.status_code == 200, page.text
    return page


async def agreed(browser: Browser, page: httpx2.Response, decision: str = "approve") -> dict[str, str]:
    """What the service is told once the person has answered."""
    posted = await browser.post(page.url.path, {"csrf": csrf_of(page), "decision": decision})
    if posted.headers["location"].startswith("/interactions/"):
        posted = await browser.get(posted.headers["location"])
    return answer_of(posted)


async def allowed_code(party: RelyingPartyDriver, browser: Browser, **changes: str | None) -> str:
    return (await agreed(browser, await consent_page(party, browser, **changes)))["code"]


async def allowed_tokens(party: RelyingPartyDriver, browser: Browser, **changes: str | None) -> dict[str, Any]:
    response = await party.redeem(await allowed_code(party, browser, **changes))
    assert response.status_code == 200, response.text
    tokens: dict[str, Any] = response.json()
    return tokens


async def introspected(party: RelyingPartyDriver, token: str) -> dict[str, Any]:
    response = await party.post("/introspect", token=token)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer
