"""`motcua source`: identity sources. Their secrets come from the file and are sealed before they are stored."""

import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Annotated, Any

import typer

from idp.authentication.contract import IdentitySource
from idp.authentication.kinds import SourceTools, build_source, validate_source_configuration
from idp.authentication.source_configuration import SourceConfigurationInvalid
from idp.commands.failure import CommandFailed
from idp.commands.findings import Finding, fault, is_healthy
from idp.commands.installation import opened, operator, run, settings_or_fail
from idp.commands.outside_checks import check_sources
from idp.commands.terminal import AsJson, command_app, print_json, print_table, read_object, say
from idp.settings import Settings
from idp.storage.live_configuration import load_sources, source_secrets_row
from idp.storage.registered import RegisteredSource
from idp.storage.registry import NotRegistered, Registry
from idp.storage.vault import Vault
from idp.web.guarded_http import GuardedHttp

app = command_app("Configure and check identity sources.")

SourceFiles = Annotated[list[str], typer.Argument(metavar="FILE...", help="One JSON object each; - reads stdin.")]
SourceId = Annotated[str, typer.Argument(metavar="SOURCE_ID")]
SourceIds = Annotated[list[str] | None, typer.Argument(metavar="[SOURCE_ID]...", help="All, when none is named.")]


@app.command()
def add(files: SourceFiles, *, as_json: AsJson = False) -> None:
    """Configure sources, or replace the configuration of those that exist. Without `secrets` the stored ones stay."""
    settings = settings_or_fail()
    written = [read_object(file) for file in files]
    results = run(_add(settings, written))
    if as_json:
        print_json([{"id": id, "result": done} for id, done in results])
        return
    for id, done in results:
        say(f"{id}: {done}")


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """List sources in the order in which citizens see them."""
    sources = run(_sources(settings_or_fail()))
    if as_json:
        print_json([_shown(source) for source in sources])
        return
    rows = [
        (
            str(source.position),
            source.id,
            source.kind,
            str(source.configuration.get("assurance", "")),
            "disabled" if source.disabled_at else "enabled",
            str(source.configuration.get("label", {}).get("vi", "")),
        )
        for source in sources
    ]
    print_table(("#", "ID", "KIND", "ASSURANCE", "STATE", "LABEL"), rows)


@app.command()
def show(source_id: SourceId) -> None:
    """Print the configuration of a source, without its secrets; it can be edited and added again."""
    settings = settings_or_fail()
    for source in run(_sources(settings)):
        if source.id == source_id:
            print_json(source.configuration)
            return
    raise _unknown(source_id)


@app.command()
def check(source_ids: SourceIds = None, *, as_json: AsJson = False) -> None:
    """Reach sources now and say how they answered. Exit code 1 when one is not usable."""
    findings = run(_check(settings_or_fail(), source_ids or []))
    if as_json:
        print_json([finding.as_dict() for finding in findings])
    else:
        for finding in findings:
            say(f"{finding.subject}: {finding.fact}" + (f"\n  {finding.advice}" if finding.advice else ""))
    if not is_healthy(findings):
        raise typer.Exit(1)


@app.command()
def disable(source_id: SourceId) -> None:
    """Nobody logs in through a source any more, on every worker within 5 seconds."""

    async def work() -> None:
        async with _registry(settings_or_fail()) as registry:
            await registry.disable_source(source_id, operator=operator(), now=int(time.time()))

    try:
        run(work())
    except NotRegistered as error:
        raise _unknown(source_id) from error
    say(f"{source_id} is disabled.")


@app.command()
def enable(source_id: SourceId) -> None:
    """Undo `disable`."""

    async def work() -> None:
        async with _registry(settings_or_fail()) as registry:
            source = await registry.source(source_id)
            if source is None:
                raise _unknown(source_id)
            enabled = replace(source, disabled_at=None)
            await registry.update_source(enabled, operator=operator(), now=int(time.time()), action="enabled")

    run(work())
    say(f"{source_id} is enabled.")


async def _add(settings: Settings, written: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Everything is checked before anything is changed."""
    vault, results = Vault(settings.master_key_list()), []
    async with _registry(settings) as registry:
        stored = {source.id: source for source in await registry.sources()}
        wanted = [_registered(document, stored, vault) for document in written]
        for source in wanted:
            before, now = stored.get(source.id), int(time.time())
            if before is None:
                await registry.add_source(source, operator=operator(), now=now)
                results.append((source.id, "added"))
            elif source == replace(before, created_at=0, updated_at=0):
                results.append((source.id, "unchanged"))
            else:
                await registry.update_source(source, operator=operator(), now=now)
                results.append((source.id, "updated"))
    return results


def _registered(written: Mapping[str, Any], stored: Mapping[str, RegisteredSource], vault: Vault) -> RegisteredSource:
    """Raises CommandFailed with every fault."""
    before = stored.get(str(written.get("id")))
    secrets = written["secrets"] if "secrets" in written else _unsealed(before, vault)
    try:
        checked = validate_source_configuration({**written, "secrets": secrets})
    except SourceConfigurationInvalid as error:
        name = written.get("id", "the source")
        raise CommandFailed("\n".join(f"{name}: {sentence}" for sentence in error.faults)) from error
    if before and before.kind != checked.kind:
        raise CommandFailed(
            f"{checked.id}: kind is {before.kind} and cannot change: people are linked by what that kind knows of them;"
            " add another source and disable this one"
        )
    return RegisteredSource(
        id=checked.id,
        kind=checked.kind,
        position=checked.position,
        configuration={name: value for name, value in written.items() if name != "secrets"},
        secrets_sealed=_sealed(checked.id, secrets, before, vault),
        disabled_at=before.disabled_at if before else None,
    )


def _sealed(source_id: str, secrets: Mapping[str, str], before: RegisteredSource | None, vault: Vault) -> bytes | None:
    """What is stored already, where it holds the same under the active master key; else sealed anew."""
    if not secrets:
        return None
    kept = before.secrets_sealed if before else None
    if before and kept and vault.is_active(kept) and _unsealed(before, vault) == secrets:
        return kept
    return vault.seal(json.dumps(secrets).encode(), row=source_secrets_row(source_id))


def _unsealed(source: RegisteredSource | None, vault: Vault) -> dict[str, str]:
    if source is None or source.secrets_sealed is None:
        return {}
    secrets: dict[str, str] = json.loads(vault.unseal(source.secrets_sealed, row=source_secrets_row(source.id)))
    return secrets


async def _check(settings: Settings, source_ids: Sequence[str]) -> list[Finding]:
    async with opened(settings) as (database, vault):
        http = GuardedHttp(clock=time.monotonic, allow_list=settings.outbound_allow_list)
        tools = SourceTools(database=database, vault=vault, http=http, settings=settings, clock=time.time)
        try:
            built, faults = usable_sources(await load_sources(database, vault), tools)
            known = {source.configuration.id for source in built} | {found.subject.split()[-1] for found in faults}
            for source_id in source_ids:
                if source_id not in known:
                    raise _unknown(source_id)
            chosen = [source for source in built if not source_ids or source.configuration.id in source_ids]
            kept = [found for found in faults if not source_ids or found.subject.split()[-1] in source_ids]
            return [*kept, *await check_sources(chosen)]
        finally:
            await http.aclose()


def usable_sources(
    stored: Sequence[tuple[Mapping[str, Any], bool]], tools: SourceTools
) -> tuple[list[IdentitySource], list[Finding]]:
    """Every source that can be built, and what is wrong with the others. Disabled ones are built too."""
    configurations, faults = {}, []
    for written, disabled in stored:
        try:
            configurations[str(written.get("id"))] = validate_source_configuration(written).with_disabled(disabled)
        except SourceConfigurationInvalid as error:
            faults.append(_misconfigured(str(written.get("id")), error))
    built = []
    for configuration in configurations.values():
        try:
            built.append(build_source(configuration, tools, siblings=configurations))
        except SourceConfigurationInvalid as error:
            faults.append(_misconfigured(configuration.id, error))
    return built, faults


def _misconfigured(source_id: str, error: SourceConfigurationInvalid) -> Finding:
    advice = "correct its file and run `motcua source add` again"
    return fault(f"source {source_id}", f"misconfigured: {' '.join(error.faults)}", advice)


async def _sources(settings: Settings) -> list[RegisteredSource]:
    async with _registry(settings) as registry:
        return await registry.sources()


@asynccontextmanager
async def _registry(settings: Settings) -> AsyncIterator[Registry]:
    registry = Registry(settings.database_url)
    try:
        yield registry
    finally:
        await registry.close()


def _shown(source: RegisteredSource) -> dict[str, Any]:
    return {**source.configuration, "disabled": source.disabled_at is not None}


def _unknown(source_id: str) -> CommandFailed:
    return CommandFailed(f"there is no source {source_id}; `motcua source list` shows them")
