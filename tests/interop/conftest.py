"""One provider with two workers for each database, and services nobody here wrote that connect to it."""

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.interop.authlib_site import authlib_site
from tests.interop.chromium_citizen import ChromiumCitizen
from tests.interop.node_service import NodeService, node, node_service
from tests.interop.registrations import SCOPE, Registrations
from tests.interop.single_page import single_page_site
from tests.support.http_server import served
from tests.support.installation import Installation, free_addresses, nowhere_of, running_installation
from tests.support.postgresql import PostgresqlServer
from tests.support.service import CONNECTIONS, Service
from tests.support.visitor import ARGUMENTS

_EVERY_WORKER_SECONDS = 60
# Beside the sandbox's own ports.
_APACHE = 50


@dataclass(frozen=True)
class House:
    """A provider that runs, its database, and the services registered with it."""

    installation: Installation
    database_url: str
    registrations: Registrations

    @property
    def issuer(self) -> str:
        return self.installation.issuer


@pytest.fixture(scope="session")
def sqlite_house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house-sqlite")
    shutil.copyfile(sqlite_template, folder / "motcua.db")
    with _running_house(folder, f"sqlite:///{folder / 'motcua.db'}") as house:
        yield house


@pytest.fixture(scope="session")
def postgresql_house(postgresql_server: PostgresqlServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    database_url = postgresql_server.url(postgresql_server.fresh_database())
    with _running_house(tmp_path_factory.mktemp("house-postgresql"), database_url) as house:
        yield house


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def house(request: pytest.FixtureRequest) -> House:
    """The test runs on SQLite and on PostgreSQL."""
    found: House = request.getfixturevalue(f"{request.param}_house")
    return found


@pytest.fixture
async def service(house: House) -> AsyncIterator[Service]:
    """One that checks nothing and sends many requests at once; its connections are open, every worker holds some."""
    async with asyncio.timeout(_EVERY_WORKER_SECONDS):
        while True:
            made = Service(house.issuer, "load", house.registrations.client_secret, house.registrations.redirect_uri)
            await asyncio.gather(*(made.get("/jwks") for _ in range(CONNECTIONS)))
            if all(map(house.installation.connections_of, house.installation.workers())):
                break
            # A worker that is still starting takes none.
            await made.http.aclose()
    async with made:
        yield made


@pytest.fixture
def openid_client() -> Iterator[NodeService]:
    """A new process: nothing is remembered of the service of another test."""
    if node() is None:
        pytest.skip("openid-client needs Node, which this machine has not")
    with node_service("openid_client.mjs") as service:
        yield service


@pytest.fixture(params=["openid_client.mjs", "oauth4webapi.mjs"])
def fapi_service(request: pytest.FixtureRequest) -> Iterator[NodeService]:
    """The same service on two libraries that were written for FAPI 2."""
    if node() is None:
        pytest.skip("the libraries need Node, which this machine has not")
    with node_service(request.param) as service:
        yield service


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One for a file: while it is open, Playwright's event loop is in the way of every asynchronous test."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def citizen(chromium: Browser, sqlite_house: House) -> Iterator[ChromiumCitizen]:
    """With a new browser profile; at the end its console may have said nothing but the status of a refusal."""
    context = chromium.new_context()
    context.set_default_timeout(30_000)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    with sqlite_house.installation.citizen() as known:
        yield ChromiumCitizen(page, known.persona, said)
    context.close()
    assert [line for line in said if "the server responded with a status of" not in line] == []


@contextmanager
def _running_house(folder: Path, database_url: str) -> Iterator[House]:
    addresses, secret = free_addresses(), secrets.token_urlsafe(32)
    apache = f"http://127.0.0.1:{addresses.base + _APACHE}"
    with (
        served(authlib_site(addresses.issuer, "authlib", secret, scope=SCOPE)) as site,
        served(single_page_site(addresses.issuer, scope=SCOPE)) as page,
    ):
        registrations = Registrations(nowhere_of(addresses), site, page, apache, secret)
        with running_installation(
            folder, database_url, addresses, clients=registrations.metadata(), told=(urlsplit(apache).netloc,)
        ) as running:
            yield House(running, database_url, registrations)
