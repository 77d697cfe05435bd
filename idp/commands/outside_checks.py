"""What `motcua doctor` checks over the network: sources, the SMS gateway, our own address, other people's clocks."""

import time
from collections.abc import Iterable
from email.utils import parsedate_to_datetime

import anyio

from idp.authentication.contract import IdentitySource, SourceUnavailable
from idp.commands.findings import Finding, fault, ok, warning
from idp.commands.local_checks import clock_finding
from idp.notices.outbox_email import MailUnavailable
from idp.notices.smtp import SmtpTransport, mail_server
from idp.settings import Settings
from idp.web.guarded_http import Answer, GuardedHttp, OutgoingRequestFailed

_MAIL_SECONDS = 15.0
_REASONS = {
    "address": "the address is not a public one; in the sandbox, name it in MOTCUA_OUTBOUND_ALLOW_LIST",
    "not_reached": "nothing answers there, or its certificate is not valid; check the address, DNS and the firewall",
    "too_slow": "it did not answer in time; ask whoever runs it",
    "credentials_refused": "it refuses our credentials; correct `secrets` and run `motcua source add` again",
    "scheme": "only https:// addresses are reached; in the sandbox, name it in MOTCUA_OUTBOUND_ALLOW_LIST",
    "no_sms_gateway": "it sends one-time codes: set MOTCUA_SMS_GATEWAY_URL",
    "not_healthy": "it says itself that it is not well; ask whoever runs it",
}


async def check_sources(sources: Iterable[IdentitySource]) -> list[Finding]:
    """Every source at once, in their order."""
    listed = list(sources)
    findings: list[Finding | None] = [None] * len(listed)

    async def look(place: int, source: IdentitySource) -> None:
        findings[place] = await check_source(source)

    async with anyio.create_task_group() as tasks:
        for place, source in enumerate(listed):
            tasks.start_soon(look, place, source)
    return [finding for finding in findings if finding is not None]


async def check_source(source: IdentitySource) -> Finding:
    subject = f"source {source.configuration.id}"
    try:
        return ok(subject, await source.check())
    except SourceUnavailable as error:
        return fault(subject, f"not usable: {error.reason}", advice_for(error.reason))


async def sms_gateway(settings: Settings, http: GuardedHttp) -> list[Finding]:
    """Reachable, whatever it answers: asking properly would send a message."""
    if settings.sms_gateway_url is None:
        advice = "set MOTCUA_SMS_GATEWAY_URL, unless no source sends one-time codes"
        return [warning("sms gateway", "none is configured; sources that need an SMS are unavailable", advice)]
    try:
        answer = await http.request("GET", settings.sms_gateway_url)
    except OutgoingRequestFailed as error:
        return [fault("sms gateway", f"not usable: {error.reason}", advice_for(error.reason))]
    return [ok("sms gateway", f"reachable (answered {answer.status})"), *_clock_of(answer, "the SMS gateway")]


async def mail(settings: Settings, allow_list: Iterable[str]) -> list[Finding]:
    """Reached, its certificate valid, our login accepted. No letter is sent."""
    server = mail_server(settings)
    if server is None:
        return []
    try:
        with anyio.fail_after(_MAIL_SECONDS):
            await SmtpTransport(server, allow_list=allow_list).check()
    except (MailUnavailable, TimeoutError):
        advice = (
            "check MOTCUA_SMTP_URL, its certificate, MOTCUA_SMTP_USER and the firewall;"
            " in the sandbox, name it in MOTCUA_OUTBOUND_ALLOW_LIST"
        )
        return [fault("mail server", "it was not reached, could not prove its name, or refused our login", advice)]
    return [ok("mail server", "reachable, and it takes us in")]


async def own_address(settings: Settings, http: GuardedHttp) -> list[Finding]:
    """Whether the world sees this provider where `issuer` says it is."""
    subject, address = "issuer", f"{settings.issuer}/.well-known/openid-configuration"
    try:
        document = await http.get_json(address)
    except OutgoingRequestFailed as error:
        advice = "start it with `motcua serve`; if it runs, check DNS, the certificate and the reverse proxy"
        return [warning(subject, f"{address} does not answer from here ({error.reason})", advice)]
    found = document.get("issuer") if isinstance(document, dict) else None
    if found != settings.issuer:
        advice = "the reverse proxy leads elsewhere, or another configuration runs there"
        return [fault(subject, f"another provider answers at {settings.issuer}", advice)]
    return [ok(subject, f"{settings.issuer} answers as this provider")]


def advice_for(reason: str) -> str:
    return _REASONS.get(reason, "ask whoever runs it, naming this word and the time; the log has the details")


def _clock_of(answer: Answer, whose: str) -> list[Finding]:
    stated = answer.headers.get("date")
    try:
        theirs = parsedate_to_datetime(stated or "").timestamp()
    except ValueError:
        return []
    return [clock_finding(whose, theirs, time.time())]
