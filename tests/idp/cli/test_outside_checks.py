"""What `motcua doctor` finds over the network, against a server that answers what the test says."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import formatdate

import pytest

from idp.commands import outside_checks
from idp.commands.findings import Verdict
from idp.settings import Settings
from idp.web.guarded_http import GuardedHttp
from tests.support.mail_server import post_office

MASTER_KEY = "k1:" + "MTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3BxcnN0dXY"


@asynccontextmanager
async def _answering(status: int, document: object, **headers: str) -> AsyncIterator[int]:
    """A server that gives everybody one answer."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = json.dumps(document).encode()
        lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body)}", "connection: close"]
        head = "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items())])
        writer.write(head.encode() + b"\r\n\r\n" + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def _settings(port: int, **more: str) -> Settings:
    return Settings.model_validate(
        {"issuer": f"http://127.0.0.1:{port}", "environment": "sandbox", "master_keys": MASTER_KEY, **more}
    )


@asynccontextmanager
async def _http(port: int) -> AsyncIterator[GuardedHttp]:
    http = GuardedHttp(clock=time.monotonic, allow_list=[f"127.0.0.1:{port}"])
    try:
        yield http
    finally:
        await http.aclose()


async def _gateway_verdicts(port: int) -> list[tuple[str, Verdict]]:
    settings = _settings(port, sms_gateway_url=f"http://127.0.0.1:{port}/messages")
    async with _http(port) as http:
        return [(finding.subject, finding.verdict) for finding in await outside_checks.sms_gateway(settings, http)]


async def test_a_gateway_that_answers_anything_is_reachable() -> None:
    async with _answering(405, {}, date=formatdate(usegmt=True)) as port:
        assert await _gateway_verdicts(port) == [("sms gateway", Verdict.OK), ("clock", Verdict.OK)]


async def test_a_gateway_in_another_time_shows_a_wrong_clock() -> None:
    async with _answering(405, {}, date=formatdate(time.time() - 600, usegmt=True)) as port:
        assert await _gateway_verdicts(port) == [("sms gateway", Verdict.OK), ("clock", Verdict.FAULT)]


async def test_a_gateway_with_a_nonsensical_date_is_only_reachable() -> None:
    async with _answering(200, {}, date="soon") as port:
        assert await _gateway_verdicts(port) == [("sms gateway", Verdict.OK)]


async def test_a_gateway_that_is_gone_is_a_fault() -> None:
    async with _answering(200, {}) as port:
        pass
    assert await _gateway_verdicts(port) == [("sms gateway", Verdict.FAULT)]


async def test_no_gateway_at_all_is_a_warning() -> None:
    async with _http(1) as http:
        [finding] = await outside_checks.sms_gateway(_settings(1), http)
    assert finding.verdict is Verdict.WARNING
    assert "MOTCUA_SMS_GATEWAY_URL" in finding.advice


@pytest.mark.parametrize(("ours", "verdict"), [(True, Verdict.OK), (False, Verdict.FAULT)])
async def test_the_issuer_must_be_answered_by_this_provider(*, ours: bool, verdict: Verdict) -> None:
    document = {"issuer": "http://other.example"}
    async with _answering(200, document) as port, _http(port) as http:
        settings = _settings(port)
        if ours:
            document["issuer"] = settings.issuer
        [finding] = await outside_checks.own_address(settings, http)
    assert finding.verdict is verdict


async def test_a_provider_that_does_not_run_is_a_warning_only() -> None:
    async with _answering(200, {}) as port:
        pass
    async with _http(port) as http:
        [finding] = await outside_checks.own_address(_settings(port), http)
    assert finding.verdict is Verdict.WARNING


def test_every_reason_gets_an_advice() -> None:
    assert "certificate" in outside_checks.advice_for("not_reached")
    assert outside_checks.advice_for("never_heard_of")


async def _mail_verdicts(port: int, *, allowed: bool = True) -> list[tuple[str, Verdict]]:
    settings = _settings(port, smtp_url=f"smtp://127.0.0.1:{port}", mail_from="bao-tin@motcua.example")
    allow_list = [f"127.0.0.1:{port}"] if allowed else []
    return [(finding.subject, finding.verdict) for finding in await outside_checks.mail(settings, allow_list)]


async def test_a_mail_server_that_takes_us_in_is_well_and_gets_no_letter() -> None:
    async with post_office() as office:
        assert await _mail_verdicts(office.port) == [("mail server", Verdict.OK)]
        assert office.letters == []


async def test_a_mail_server_that_is_gone_or_not_allowed_is_a_fault() -> None:
    async with post_office() as office:
        assert await _mail_verdicts(office.port, allowed=False) == [("mail server", Verdict.FAULT)]
    assert await _mail_verdicts(office.port) == [("mail server", Verdict.FAULT)]


async def test_no_mail_server_is_nothing_to_speak_of() -> None:
    assert await outside_checks.mail(_settings(1), []) == []
