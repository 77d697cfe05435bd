"""No address that anybody writes anywhere leads into the house: with the allow list empty, nobody knocks there."""

import socket
import threading
from collections.abc import AsyncIterator, Iterator

import httpcore2
import pytest

from idp.settings import DynamicRegistration
from idp.storage.database import Database
from idp.web.guarded_http import TargetUnavailable
from tests.hostile.fetchers import FETCHERS, Fetcher
from tests.support.provider import Provider, running_provider

# Written in every way that some parser or resolver takes for this very machine.
_SPELLINGS = (
    "https://127.0.0.1:{port}/x",
    "https://localhost:{port}/x",
    "https://LOCALHOST:{port}/x",
    "https://localhost.:{port}/x",
    "https://127.0.0.1.:{port}/x",
    "https://127.1:{port}/x",
    "https://127.0.1:{port}/x",
    "https://0x7f.1:{port}/x",
    "https://0x7f000001:{port}/x",
    "https://2130706433:{port}/x",
    "https://0177.0.0.1:{port}/x",
    "https://017700000001:{port}/x",
    "https://127.000.000.001:{port}/x",
    "https://0:{port}/x",
    "https://0.0.0.0:{port}/x",
    "https://[::1]:{port}/x",
    "https://[::]:{port}/x",
    "https://[0:0:0:0:0:0:0:1]:{port}/x",
    "https://[::ffff:127.0.0.1]:{port}/x",
    "https://[::ffff:7f00:1]:{port}/x",
    "https://[::127.0.0.1]:{port}/x",
    "https://[64:ff9b::127.0.0.1]:{port}/x",
    "https://[2002:7f00:1::]:{port}/x",
    "https://[fe80::1%25lo]:{port}/x",
    "https://[fe80::1%lo]:{port}/x",
    "https://example.com@127.0.0.1:{port}/x",
    "https://example.com:x@127.0.0.1:{port}/x",
    "https://127.0.0.1:{port}#@example.com/x",
    "https://127.0.0.1:{port}\\@example.com/x",
    "https://example.com\\@127.0.0.1:{port}/x",
    "https://127%2e0%2e0%2e1:{port}/x",
    "https://\u0661\u0662\u0667.0.0.1:{port}/x",
    "https://\u2460\u2461\u2466.0.0.1:{port}/x",
    "https://127\u30020\u30020\u30021:{port}/x",
    "https://l\u00f6calhost:{port}/x",
    "https://xn--localhost:{port}/x",
    "http://127.0.0.1:{port}/x",
    "http://localhost:{port}/x",
    "HTTP://127.0.0.1:{port}/x",
    "//127.0.0.1:{port}/x",
    "ftp://127.0.0.1:{port}/x",
    "gopher://127.0.0.1:{port}/x",
    "file:///etc/passwd",
    "https://127.0.0.1:{port}/x\r\nhost: example.com",
    " https://127.0.0.1:{port}/x",
    "https:127.0.0.1:{port}/x",
    "https:///127.0.0.1:{port}/x",
    "unix:///run/postgresql/x",
)
# Where clouds and networks keep what is for insiders alone.
_INSIDE = (
    "10.0.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "169.254.170.2",
    "168.63.129.16",
    "192.0.0.192",
    "198.18.0.1",
    "224.0.0.251",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "[fd00:ec2::254]",
    "[fc00::1]",
    "[fe80::a9fe:a9fe]",
    "[fec0::1]",
    "[ff02::1]",
    "[ff0e::1]",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::a9fe:a9fe]",
    "[2002:a9fe:a9fe::]",
    "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
    "[100::1]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[5f00::1]",
    "[::10.0.0.1]",
    "0xa9fea9fe",
    "2852039166",
    "0251.0376.0251.0376",
)


class Trap:
    """Listens on every address of this machine, and counts who knocks."""

    def __init__(self) -> None:
        self.knocks = 0
        self._listener = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            try:
                knocking, _ = self._listener.accept()
            except OSError:
                return
            self.knocks += 1
            knocking.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


@pytest.fixture(scope="module")
def trap() -> Iterator[Trap]:
    trap = Trap()
    yield trap
    trap.close()


@pytest.fixture
async def provider(sqlite_database: Database) -> AsyncIterator[Provider]:
    """A sandbox in which strangers may write every address there is; what may be reached is what may always be."""
    async with running_provider(
        sqlite_database,
        dynamic_registration=DynamicRegistration.OPEN,
        registrations_per_hour=1_000,
        request_uri_by_reference=True,
    ) as running:
        yield running


@pytest.fixture
def knocked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where the library under our client would have connected to; from here nothing inside can be reached anyway."""
    addresses: list[str] = []

    async def connect_tcp(self: object, host: str, *_: object, **__: object) -> None:
        addresses.append(host)
        raise httpcore2.ConnectError("nobody is there")

    monkeypatch.setattr(httpcore2.AnyIOBackend, "connect_tcp", connect_tcp)
    return addresses


async def test_what_may_be_reached_is_knocked_at(provider: Provider, knocked: list[str]) -> None:
    for host in ("8.8.8.8", "[2606:4700::1]", "[64:ff9b::808:808]"):
        with pytest.raises(TargetUnavailable):
            await provider.services.http.request("GET", f"https://{host}/x")

    assert knocked == ["8.8.8.8", "2606:4700::1", "64:ff9b::808:808"]


async def test_the_trap_counts(trap: Trap) -> None:
    before = trap.knocks
    for address in ("127.0.0.1", "::1"):
        with socket.create_connection((address, trap.port)) as knocking:
            assert knocking.recv(1) == b""

    assert trap.knocks == before + 2


@pytest.mark.parametrize("fetcher", FETCHERS, ids=str)
async def test_nobody_knocks_at_this_machine(
    provider: Provider, trap: Trap, fetcher: Fetcher, subtests: pytest.Subtests
) -> None:
    before = trap.knocks
    for spelling in _SPELLINGS:
        address = spelling.format(port=trap.port)
        with subtests.test(spelling):
            assert await fetcher.fetch(provider, address) == fetcher.refusal
            assert trap.knocks == before
        await _forgotten(provider)


@pytest.mark.parametrize("fetcher", FETCHERS, ids=str)
async def test_nobody_knocks_inside(
    provider: Provider, fetcher: Fetcher, subtests: pytest.Subtests, knocked: list[str]
) -> None:
    for host in _INSIDE:
        with subtests.test(host):
            assert await fetcher.fetch(provider, f"https://{host}/x") == fetcher.refusal
            assert knocked == []
        await _forgotten(provider)


async def _forgotten(provider: Provider) -> None:
    """The service of the last row, so that the next can be registered in its place."""
    provider.forgive_failures()
    await provider.services.database.fetch_all("DELETE FROM client RETURNING client_id")
