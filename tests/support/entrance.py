"""A provider with sources to enter through: a lying upstream, two registers and an SMS gateway, all over real HTTP."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx2

from idp.storage.database import Database, Insert
from idp.storage.live_configuration import bump_version, source_secrets_row
from tests.support import registers, upstream
from tests.support.http_server import served
from tests.support.messages import messages_of
from tests.support.provider import Browser, Provider, RelyingPartyDriver, running_provider
from tests.support.registers import Register
from tests.support.upstream import Upstream

_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass
class Neighbours:
    """What stands outside the provider."""

    tax: Upstream
    insurance: Register
    operator: Register
    urls: dict[str, str]

    def reset(self) -> None:
        fresh = Upstream(issuer=self.urls["tax"], key=self.tax.key)
        self.tax.__dict__.update(fresh.__dict__)
        self.insurance.reset()
        self.operator.reset()


@contextmanager
def neighbours() -> Iterator[Neighbours]:
    with ExitStack() as stack:
        tax, insurance, operator = Upstream(), Register(), Register()
        urls = {
            "tax": stack.enter_context(served(tax)),
            "social-insurance": stack.enter_context(served(insurance)),
            "mobile": stack.enter_context(served(operator)),
        }
        tax.issuer = urls["tax"]
        yield Neighbours(tax, insurance, operator, urls)


@dataclass
class Entrance:
    provider: Provider
    database: Database
    neighbours: Neighbours
    party: RelyingPartyDriver = field(init=False)

    async def arrive(self, browser: Browser, **changes: str | None) -> str:
        """An authorization request; the path of its interaction."""
        response = await self.party.authorize(browser, **changes)
        assert response.status_code == 303, response.text
        return str(response.headers["location"])

    async def choose(self, browser: Browser, interaction: str, source: str) -> httpx2.Response:
        page = await browser.get(f"{interaction}/sources")
        return await browser.post(f"{interaction}/sources", {"csrf": csrf_of(page), "source": source})

    async def open(self, browser: Browser, interaction: str, source: str) -> httpx2.Response:
        """Chooses a source and follows to its page (or, for another site, to the redirect there)."""
        chosen = await self.choose(browser, interaction, source)
        assert chosen.status_code == 303, chosen.text
        return await browser.get(chosen.headers["location"])

    async def fill(self, browser: Browser, interaction: str, source: str, **form: str) -> httpx2.Response:
        """Fills the form of the source's page as it is now."""
        page = await browser.get(f"{interaction}/sources/{source}")
        return await browser.post(f"{interaction}/sources/{source}", {"csrf": csrf_of(page), **form})

    async def code(self) -> str:
        return str((await messages_of(self.database))[-1]["code"])

    async def add_source(self, written: dict[str, Any], *, disabled: bool = False) -> None:
        vault = self.provider.services.vault
        stored = {name: value for name, value in written.items() if name != "secrets"}
        secrets = json.dumps(written.get("secrets", {})).encode()
        row: dict[str, Any] = {
            "id": written["id"],
            "kind": written["kind"],
            "position": written["position"],
            "configuration": json.dumps(stored),
            "secrets_sealed": vault.seal(secrets, row=source_secrets_row(written["id"])),
            "disabled_at": 1 if disabled else None,
            "created_at": 1,
            "updated_at": 1,
        }
        await self.database.commit(Insert("identity_source", row), bump_version())

    async def events(self) -> list[str]:
        """Names of events with the reason, where there is one."""
        return [f"{row['event']} {row['detail'].get('reason', '')}".strip() for row in await self.provider.events()]


def written(source: str, kind: str, position: int, **members: Any) -> dict[str, Any]:
    return {
        "id": source,
        "kind": kind,
        "position": position,
        "label": {"vi": f"Nguồn {source}", "en": f"Source {source}"},
        "organisation": {"vi": "Cơ quan", "en": "Authority"},
        "assurance": "substantial",
        "identity_level": "substantial",
        **members,
    }


@asynccontextmanager
async def entrance(database: Database, around: Neighbours, **overrides: Any) -> AsyncIterator[Entrance]:
    around.reset()
    allowed = ",".join([*(urlsplit(url).netloc for url in around.urls.values()), "127.0.0.1:1"])
    async with running_provider(database, outbound_allow_list=allowed, **overrides) as provider:
        # So that events are told apart by their time.
        provider.clock.step = 0.001
        made = Entrance(provider, database, around)
        await made.add_source(
            written(
                "tax",
                "upstream_oidc",
                1,
                options={"issuer": around.urls["tax"], "client_id": upstream.CLIENT_ID, "trusts_personal_id": True},
                secrets={"client_secret": upstream.CLIENT_SECRET},
            )
        )
        await made.add_source(
            written(
                "social-insurance",
                "registry_otp",
                2,
                options={"register_url": around.urls["social-insurance"]},
                secrets=registers.SECRETS,
            )
        )
        await made.add_source(written("mobile", "mobile_otp", 3, assurance="low", options={}, secrets={}))
        # Reads the sources too.
        made.party = await provider.register()
        yield made


def csrf_of(page: httpx2.Response) -> str:
    """The token of the first form on a page."""
    found = _CSRF.search(page.text)
    assert found is not None, page.text
    return found.group(1)
