"""`motcua audit`: seal the log, keep the newest seal elsewhere, and prove that nothing was changed."""

import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer

from idp.audit.seal import Seal, SealHead
from idp.audit.seal_key import retired_seal_keys, seal_public_keys, seal_signer, seal_verifier
from idp.audit.seals import newest_seal
from idp.audit.seals import seal as seal_log
from idp.audit.verification import Finding
from idp.audit.verification import verify as verify_log
from idp.commands.failure import CommandFailed
from idp.commands.installation import opened, run, settings_or_fail
from idp.commands.terminal import AsJson, command_app, date_of, note, print_json, read_object, say
from idp.settings import Settings

app = command_app("Verify and seal the audit log.")

HeadFile = Annotated[
    str | None,
    typer.Option("--head", metavar="FILE", help="What `motcua audit head --json` printed earlier; - is stdin."),
]


@app.command()
def verify(*, head: HeadFile = None, as_json: AsJson = False) -> None:
    """Compare the log with its seals. Exit code 1 when something was changed, deleted, inserted, swapped or cut."""
    kept = _head_from(read_object(head)) if head else None
    findings, newest = run(_verify(settings_or_fail(), kept))
    if as_json:
        print_json({"whole": not findings, "seal": newest.number if newest else None, "findings": _as_json(findings)})
    else:
        _tell(findings, newest)
        if kept is None:
            note("motcua: without --head a log whose end was cut off with its seals looks whole")
    if findings:
        raise typer.Exit(1)


@app.command()
def seal(*, as_json: AsJson = False) -> None:
    """Seal what was recorded until half a minute ago; running workers do so by themselves."""
    made = run(_seal(settings_or_fail()))
    if as_json:
        print_json(_shown(made) if made else None)
        return
    say(f"Seal {made.number} covers {made.entries} entries." if made else "There was nothing to seal.")


@app.command("head")
def head_(*, as_json: AsJson = False) -> None:
    """Print the newest seal, to be kept outside this system."""
    settings = settings_or_fail()
    newest, keys = run(_newest(settings))
    if newest is None:
        raise CommandFailed("there is no seal yet; `motcua audit seal` makes one")
    if as_json:
        print_json({**_shown(newest), "keys": keys})
        return
    say(f"seal    {newest.number}\ndigest  {newest.head().digest}\nuntil   {date_of(newest.until_ms // 1000)} UTC")


async def _verify(settings: Settings, head: SealHead | None) -> tuple[list[Finding], Seal | None]:
    async with opened(settings) as (database, vault):
        verifier = seal_verifier(vault, await retired_seal_keys(database, vault))
        return await verify_log(database, verifier, head), await newest_seal(database)


async def _seal(settings: Settings) -> Seal | None:
    async with opened(settings) as (database, vault):
        return await seal_log(database, seal_signer(vault), int(time.time() * 1000))


async def _newest(settings: Settings) -> tuple[Seal | None, Any]:
    async with opened(settings) as (database, vault):
        retired = await retired_seal_keys(database, vault)
        return await newest_seal(database), seal_public_keys(vault, retired)["keys"]


def _head_from(document: Mapping[str, Any]) -> SealHead:
    number, digest = document.get("number"), document.get("digest")
    if not isinstance(number, int) or not isinstance(digest, str):
        raise CommandFailed("--head: this is not what `motcua audit head --json` prints")
    return SealHead(number, digest)


def _shown(seal: Seal) -> dict[str, Any]:
    return {
        "number": seal.number,
        "digest": seal.head().digest,
        "until_ms": seal.until_ms,
        "entries": seal.entries,
        "signature": seal.signature,
        "kid": seal.kid,
    }


def _as_json(findings: list[Finding]) -> list[dict[str, Any]]:
    return [{**asdict(finding), "kind": finding.kind.value} for finding in findings]


def _tell(findings: list[Finding], newest: Seal | None) -> None:
    for finding in findings:
        place = f"seal {finding.seal}" + (f", entry {finding.position}" if finding.position else "")
        say(f"{finding.kind.value}: {place}" + (f" ({', '.join(finding.entries)})" if finding.entries else ""))
    if newest is None:
        say("There is no seal yet; nothing can be verified.")
    elif not findings:
        say(f"The log is whole up to seal {newest.number}, {date_of(newest.until_ms // 1000)} UTC.")
