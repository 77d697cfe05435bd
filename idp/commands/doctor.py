"""`motcua doctor`: looks at everything a configuration depends on, and says of each fault how to mend it."""

import base64
import secrets
import time
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

import typer

from idp.authentication.kinds import SourceTools
from idp.commands import local_checks, operator_checks, outside_checks, registry_checks, resource_checks
from idp.commands.findings import Finding, Verdict, fault, is_healthy, ok, warning
from idp.commands.installation import opened, run
from idp.commands.source import usable_sources
from idp.commands.terminal import AsJson, note, print_json, say, single_command
from idp.operators.operator import all_operators
from idp.settings import MASTER_KEY_BYTES, ConfigurationError, Settings
from idp.settings_source import load_settings
from idp.storage.live_configuration import load_key_ring, load_sources
from idp.storage.registry import Registry
from idp.storage.vault import CannotUnseal
from idp.web.guarded_http import GuardedHttp
from keys import sealing

app = single_command()

NewMasterKey = Annotated[bool, typer.Option("--new-master-key", help="Print a new master key and do nothing else.")]
Offline = Annotated[bool, typer.Option("--offline", help="Do not reach sources, gateway and issuer.")]

_MARKS = {Verdict.OK: "ok     ", Verdict.WARNING: "warning", Verdict.FAULT: "FAULT  "}
_OTHER_KEY = "put the master key it was sealed with behind the active one in MOTCUA_MASTER_KEYS"


@app.command()
def doctor(*, new_master_key: NewMasterKey = False, offline: Offline = False, as_json: AsJson = False) -> None:
    """Check the configuration and say how to mend what is wrong. Exit code 1 when there is a fault."""
    if new_master_key:
        _print_master_key()
        return
    findings = diagnose(offline=offline)
    if as_json:
        print_json({"healthy": is_healthy(findings), "findings": [finding.as_dict() for finding in findings]})
    else:
        for finding in findings:
            say(f"{_MARKS[finding.verdict]}  {finding.subject}: {finding.fact}")
            if finding.advice:
                say(f"         → {finding.advice}")
    if not is_healthy(findings):
        raise typer.Exit(1)


def diagnose(*, offline: bool) -> list[Finding]:
    """Goes on as far as it can: what needs the database is skipped while there is none."""
    try:
        settings = load_settings()
    except ConfigurationError as error:
        return [fault("settings", line, "docs/settings.md explains every setting") for line in str(error).splitlines()]
    findings = [ok("settings", f"{settings.environment.value}, issuer {settings.issuer}")]
    findings += [*local_checks.configuration_file(), local_checks.master_keys(settings)]
    findings += local_checks.database_file(settings)
    if is_healthy(finding for finding in findings if finding.subject in ("files", "database")):
        findings += run(_with_database(settings, offline=offline))
    return findings


async def _with_database(settings: Settings, *, offline: bool) -> list[Finding]:
    reachable = await local_checks.database(settings)
    if reachable.verdict is Verdict.FAULT:
        return [reachable]
    findings = [reachable]
    http = GuardedHttp(clock=time.monotonic, allow_list=_reachable(settings))
    registry = Registry(settings.database_url)
    try:
        async with opened(settings) as (database, vault):
            findings += await local_checks.database_clock(database)
            registered = await registry.clients()
            try:
                needed = registry_checks.algorithms_needed(registered)
                ring = await load_key_ring(database, vault)
                findings += registry_checks.signing_keys(ring, needed=needed, now=int(time.time()))
            except sealing.CannotUnseal as error:
                findings.append(fault("signing keys", str(error), _OTHER_KEY))
            source_ids = [source.id for source in await registry.sources()]
            findings += registry_checks.clients(
                registered,
                source_ids=source_ids,
                is_sandbox=settings.is_sandbox,
                accepts_certificates=settings.accepts_certificates,
            )
            findings += resource_checks.resources(settings, registered)
            findings += operator_checks.operators(await all_operators(database))
            if not source_ids:
                findings.append(
                    warning("sources", "none is configured", "`motcua source add FILE`; see docs/sources.md")
                )
            tools = SourceTools(database=database, vault=vault, http=http, settings=settings, clock=time.time)
            try:
                built, faults = usable_sources(await load_sources(database, vault), tools)
            except CannotUnseal as error:
                built, faults = [], [fault("sources", str(error), _OTHER_KEY)]
            findings += faults
            if not offline:
                enabled = [source for source in built if not source.configuration.disabled]
                findings += await outside_checks.check_sources(enabled)
                findings += await outside_checks.sms_gateway(settings, http)
                findings += await outside_checks.mail(settings, settings.outbound_allow_list)
                findings += await outside_checks.own_address(settings, http)
    finally:
        await registry.close()
        await http.aclose()
    return findings


def _reachable(settings: Settings) -> list[str]:
    """In the sandbox the provider itself is on a loopback address too."""
    own = [urlsplit(settings.issuer).netloc] if settings.is_sandbox else []
    return [*settings.outbound_allow_list, *own]


def _print_master_key() -> None:
    key = base64.urlsafe_b64encode(secrets.token_bytes(MASTER_KEY_BYTES)).rstrip(b"=").decode()
    say(f"{datetime.now(UTC):%Y%m%d}:{key}")
    note(
        "motcua: put it into master_keys of the settings file (first, when it replaces another), and keep a copy apart"
    )
