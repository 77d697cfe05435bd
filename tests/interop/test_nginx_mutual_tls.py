"""Certificates through a real nginx to a real worker: what a handshake showed counts, what was written does not."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from cryptography import x509

from idp.audit.events import ClientAuthenticationFailed
from idp.commands.serve import server_options
from idp.storage.database import Database
from tests.support.certificates import Held, authority, moment, named, self_signed
from tests.support.mutual_tls import ON, SECRET, from_proxy
from tests.support.nginx import free_port, listening, running_nginx
from tests.support.provider import Provider, RelyingPartyDriver, running_provider

pytestmark = pytest.mark.interop

_NAME = named(C="VN", O="Thành phố", CN="town-hall")
_MINE = authority().issue(_NAME)
_THEIRS = authority().issue(named(C="VN", O="Thành phố", CN="library"))
_STRANGER = authority("Nobody's CA").issue(_NAME)
_ALONE = self_signed(_NAME)
_PAST = authority().issue(_NAME, start=moment(days=-900), end=moment(days=-800))
_SERVER = authority("Server CA").issue(named(CN="mtls.example"), names=[x509.DNSName("localhost")])


@dataclass(frozen=True)
class House:
    provider: Provider
    worker: str
    strict: str
    """Where nginx asks for certificates of the services' authority."""
    lenient: str
    """Where it takes any (`optional_no_ca`)."""
    folder: Path = field(repr=False)

    def http(self, held: Held | None = None) -> httpx2.AsyncClient:
        context = ssl.create_default_context(cadata=authority("Server CA").held.pem.decode())
        if held is not None:
            (self.folder / "client.pem").write_bytes(held.pem + held.key_pem)
            context.load_cert_chain(self.folder / "client.pem")
        return httpx2.AsyncClient(verify=context, trust_env=False)


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> AsyncIterator[House]:
    ports = {"optional": free_port(), "optional_no_ca": free_port()}
    async with running_provider(database, **ON) as provider, _serving(provider) as worker:
        with running_nginx(tmp_path, worker=worker, secret=SECRET, server=_SERVER, clients=authority(), ports=ports):
            for port in ports.values():
                await listening(port)
            strict, lenient = (f"https://localhost:{port}" for port in ports.values())
            yield House(provider, f"http://127.0.0.1:{worker}", strict, lenient, tmp_path)


@asynccontextmanager
async def _serving(provider: Provider) -> AsyncIterator[int]:
    """The worker as `motcua serve` runs it, in this very loop."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        options = server_options(provider.services.settings) | {"lifespan": "off", "log_config": None}
        server = uvicorn.Server(uvicorn.Config(provider.app, **options))
        running = asyncio.create_task(server.serve(sockets=[listener]))
        yield listener.getsockname()[1]
        server.should_exit = server.force_exit = True
        await running


@pytest.fixture
async def hall(house: House) -> RelyingPartyDriver:
    return await house.provider.register(
        token_endpoint_auth_method="tls_client_auth",
        tls_client_auth_subject_dn="CN=town-hall,O=Thành phố,C=VN",
        tls_client_certificate_bound_access_tokens=True,
    )


async def _ask(http: httpx2.AsyncClient, at: str, headers: Any = None) -> httpx2.Response:
    async with http:
        return await http.post(f"{at}/introspect", data={"client_id": "town-hall", "token": "x"}, headers=headers)


async def _reasons(house: House) -> list[str]:
    events = await house.provider.events()
    return sorted(row["detail"]["reason"] for row in events if row["event"] == ClientAuthenticationFailed.name)


async def _tokens(house: House, hall: RelyingPartyDriver) -> dict[str, Any]:
    code = await hall.code(await house.provider.logged_in_browser(consenting_to=hall))
    form = {
        "grant_type": "authorization_code",
        "client_id": hall.client_id,
        "code": code,
        "redirect_uri": hall.redirect_uri,
        "code_verifier": hall.code_verifier,
    }
    async with house.http(_MINE) as http:
        answer = await http.post(f"{house.strict}/token", data=form)
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


async def _userinfo(http: httpx2.AsyncClient, at: str, tokens: dict[str, Any], headers: Any = None) -> int:
    shown = {"authorization": f"Bearer {tokens['access_token']}", **(headers or {})}
    async with http:
        return (await http.get(f"{at}/userinfo", headers=shown)).status_code


async def test_a_login_whose_token_lives_with_its_certificate(house: House, hall: RelyingPartyDriver) -> None:
    tokens = await _tokens(house, hall)

    assert await _userinfo(house.http(_MINE), house.strict, tokens) == 200
    assert await _userinfo(house.http(), house.strict, tokens) == 401
    assert await _userinfo(house.http(_THEIRS), house.strict, tokens) == 401
    assert await _userinfo(house.http(_ALONE), house.lenient, tokens) == 401


async def test_a_token_is_not_saved_by_a_header_written_by_hand(house: House, hall: RelyingPartyDriver) -> None:
    tokens = await _tokens(house, hall)
    forged = from_proxy(_MINE, x_client_cert_secret="guess")

    assert await _userinfo(house.http(), house.strict, tokens, forged) == 401
    assert await _userinfo(house.http(_THEIRS), house.strict, tokens, forged) == 401
    assert await _userinfo(house.http(), house.worker, tokens, forged) == 401
    assert await _userinfo(house.http(), house.strict, tokens, from_proxy(_MINE)) == 401


async def test_nginx_replaces_what_the_caller_wrote(house: House, hall: RelyingPartyDriver) -> None:
    forged = from_proxy(_MINE)
    twice = [*forged.items(), ("X-Client-Cert", _MINE.escaped), ("X_Client_Cert", _MINE.escaped)]

    without = await _ask(house.http(), house.strict, forged)
    by_another = await _ask(house.http(_THEIRS), house.strict, forged)
    by_itself = await _ask(house.http(_ALONE), house.lenient, forged)
    doubled = await _ask(house.http(), house.strict, twice)
    honest = await _ask(house.http(_MINE), house.strict, from_proxy(_THEIRS))

    assert [answer.status_code for answer in (without, by_another, by_itself, doubled, honest)] == [
        401,
        401,
        401,
        401,
        200,
    ]
    assert await _reasons(house) == [
        "certificate_chain",
        "certificate_missing",
        "certificate_missing",
        "certificate_subject",
    ]


async def test_straight_to_the_worker_nobody_is_the_proxy(house: House, hall: RelyingPartyDriver) -> None:
    """From the proxy's own machine by address; without the secret that is not enough."""
    for headers in (
        from_proxy(_MINE, x_client_cert_secret=None),
        from_proxy(_MINE, x_client_cert_secret="guess"),
        from_proxy(_MINE, x_client_cert_secret=SECRET[:-1]),
    ):
        assert (await _ask(house.http(), house.worker, headers)).status_code == 401

    assert await _reasons(house) == ["certificate_not_the_proxy_secret"] * 3


async def test_from_another_address_the_secret_is_worth_nothing(house: House, hall: RelyingPartyDriver) -> None:
    transport = httpx2.AsyncHTTPTransport(local_address="127.0.0.2")
    for name in ("x-forwarded-for", "x-real-ip", "forwarded"):
        headers = {**from_proxy(_MINE), name: "for=127.0.0.1" if name == "forwarded" else "127.0.0.1"}
        outside = httpx2.AsyncClient(transport=transport, trust_env=False)
        answer = await outside.post(
            f"{house.worker}/introspect", data={"client_id": "town-hall", "token": "x"}, headers=headers
        )
        assert answer.status_code == 401
    await transport.aclose()

    assert await _reasons(house) == ["certificate_not_from_the_proxy"] * 3


async def test_a_certificate_nginx_refuses_never_arrives(house: House, hall: RelyingPartyDriver) -> None:
    refused = [
        await _ask(house.http(_STRANGER), house.strict),
        await _ask(house.http(_ALONE), house.strict),
        await _ask(house.http(_PAST), house.strict),
        await _ask(house.http(_PAST), house.lenient),
    ]

    assert [answer.status_code for answer in refused] == [400, 400, 400, 400]
    assert {answer.headers["server"].partition("/")[0] for answer in refused} == {"nginx"}
    assert await _reasons(house) == []


async def test_a_chain_that_nginx_does_not_know_is_no_name(house: House, hall: RelyingPartyDriver) -> None:
    answers = [await _ask(house.http(held), house.lenient) for held in (_STRANGER, _ALONE, _MINE)]

    assert [answer.status_code for answer in answers] == [401, 401, 200]
    assert await _reasons(house) == ["certificate_chain", "certificate_chain"]


async def test_a_self_signed_certificate_is_known_by_itself(house: House) -> None:
    await house.provider.register(
        token_endpoint_auth_method="self_signed_tls_client_auth", jwks={"keys": [_ALONE.jwk()]}
    )

    answers = [await _ask(house.http(held), house.lenient) for held in (_ALONE, self_signed(_NAME), _MINE)]

    assert [answer.status_code for answer in answers] == [200, 401, 401]


async def test_garbage_and_huge_headers_are_refused(house: House, hall: RelyingPartyDriver) -> None:
    answers = [
        await _ask(house.http(), house.worker, from_proxy(None, x_client_cert=value))
        for value in ("garbage", "%", "%00" * 100, _MINE.escaped[:-3], "A" * 20_000, "A" * 40_000)
    ]

    assert [answer.status_code for answer in answers] == [401] * 5 + [400]
    assert await _reasons(house) == ["certificate_unreadable"] * 5
