"""`motcua client`: services, by their RFC 7591 metadata. A secret is shown once, or goes to a new file."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from idp.audit.events import ConfigurationChanged
from idp.audit.log import audit_entry
from idp.commands.failure import CommandFailed
from idp.commands.installation import opened, operator, run, settings_or_fail
from idp.commands.registrations import Registration, registration, shown, with_logo, with_new_secret
from idp.commands.terminal import (
    AsJson,
    command_app,
    date_of,
    note,
    print_json,
    print_table,
    read_document,
    read_object,
    say,
    secret_kept_in,
)
from idp.registration.access import new_initial_access_token
from idp.settings import DynamicRegistration
from idp.storage.registered import RegisteredClient
from idp.storage.registry import AlreadyRegistered, NotRegistered, Registry
from idp.web.logos import LogoRefused, square_png

app = command_app("Register and manage services.")

MetadataFile = Annotated[str, typer.Argument(metavar="FILE", help="JSON metadata; - reads stdin.")]
ClientId = Annotated[str, typer.Argument(metavar="CLIENT_ID")]
SecretFile = Annotated[
    Path | None, typer.Option(help="Write the secret to this new file (mode 0600), not to the screen.")
]


@app.command()
def add(file: MetadataFile, *, secret_file: SecretFile = None, as_json: AsJson = False) -> None:
    """Register a service and make its secret."""
    settings = settings_or_fail()
    made = registration(
        read_object(file), is_sandbox=settings.is_sandbox, accepts_certificates=settings.accepts_certificates
    )

    async def work() -> None:
        async with _registry() as registry:
            await registry.add_client(made.client, operator=operator(), now=int(time.time()))

    try:
        with secret_kept_in(secret_file, made.new_secret):
            run(work())
    except AlreadyRegistered as error:
        raise CommandFailed(
            f"{made.client.client_id} is registered; `motcua client import` replaces its metadata"
        ) from error
    _tell(made, "registered", secret_file, as_json=as_json)


@app.command("import")
def import_(file: MetadataFile, *, as_json: AsJson = False) -> None:
    """Register or update every service of a file: one object or a list. Secrets stay, unless the file gives one."""
    document = read_document(file)
    written = document if isinstance(document, list) else [document]
    if not all(isinstance(entry, Mapping) and entry.get("client_id") for entry in written):
        raise CommandFailed(f"{file} must hold one JSON object, or a list of them, each with a client_id")
    results = run(_import(written))
    if as_json:
        print_json([_result(done, made) for done, made in results])
        return
    for done, made in results:
        say(f"{made.client.client_id}: {done}")
        if made.new_secret:
            say(f"  client_secret: {made.new_secret}")


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """List services."""
    clients = run(_clients())
    if as_json:
        print_json([shown(client) for client in clients])
        return
    rows = [
        (
            client.client_id,
            str(client.metadata.get("client_name", "")),
            client.sector,
            "disabled" if client.disabled_at else "enabled",
            date_of(client.updated_at),
        )
        for client in clients
    ]
    print_table(("CLIENT_ID", "NAME", "SECTOR", "STATE", "CHANGED (UTC)"), rows)


@app.command()
def show(client_id: ClientId, *, as_json: AsJson = False) -> None:
    """Print the metadata of a service; the secret is not known any more."""
    client = _found(client_id, run(_client(client_id)))
    # Metadata is JSON for people too: what is printed can be edited and imported.
    print_json({**shown(client), "created_at": client.created_at} if as_json else shown(client))


@app.command()
def disable(client_id: ClientId) -> None:
    """No login and no token for a service any more, on every worker within 5 seconds."""

    async def work() -> None:
        async with _registry() as registry:
            await registry.disable_client(client_id, operator=operator(), now=int(time.time()))

    try:
        run(work())
    except NotRegistered as error:
        raise _unknown(client_id) from error
    say(f"{client_id} is disabled.")


@app.command()
def enable(client_id: ClientId) -> None:
    """Undo `disable`."""
    client = _found(client_id, run(_client(client_id)))
    run(_update(replace(client, disabled_at=None), "enabled"))
    say(f"{client_id} is enabled.")


@app.command()
def logo(client_id: ClientId, file: Annotated[Path, typer.Argument(metavar="FILE", help="A PNG or JPEG.")]) -> None:
    """Set the picture that citizens see beside a service's name; it is drawn anew, 64 KB and 1024 pixels at most."""
    client = _found(client_id, run(_client(client_id)))
    try:
        png = square_png(file.read_bytes())
    except (LogoRefused, OSError) as error:
        raise CommandFailed(f"{file}: {getattr(error, 'reason', None) or 'cannot be read'}") from error
    run(_update(with_logo(client, png), "logo_set"))
    say(f"{client_id} has a new picture.")


@app.command("rotate-secret")
def rotate_secret(client_id: ClientId, *, secret_file: SecretFile = None, as_json: AsJson = False) -> None:
    """Make a new secret; the old one stops within 5 seconds."""
    made = with_new_secret(_found(client_id, run(_client(client_id))))
    with secret_kept_in(secret_file, made.new_secret):
        run(_update(made.client, "secret_rotated"))
    _tell(made, "has a new secret", secret_file, as_json=as_json)


@app.command("registration-token")
def registration_token(
    *,
    hours: Annotated[int, typer.Option(min=1, max=720, help="For how long it may be used.")] = 24,
    as_json: AsJson = False,
) -> None:
    """Make an initial access token: who holds it may register services at /register (sandbox only)."""
    settings = settings_or_fail()
    if settings.dynamic_registration is not DynamicRegistration.TOKEN:
        raise CommandFailed("dynamic_registration is not `token`, so nothing would ask for an initial access token")
    expires_at = int(time.time()) + hours * 3600
    value, write = new_initial_access_token(expires_at=expires_at)

    async def work() -> None:
        async with opened(settings) as (database, _):
            event = ConfigurationChanged(subject="initial_access_token", action="made", operator=operator())
            await database.commit(write, audit_entry(event, now_ms=int(time.time() * 1000)))

    run(work())
    if as_json:
        print_json({"initial_access_token": value, "expires_at": expires_at})
        return
    say(value)


@asynccontextmanager
async def _registry() -> AsyncIterator[Registry]:
    registry = Registry(settings_or_fail().database_url)
    try:
        yield registry
    finally:
        await registry.close()


async def _client(client_id: str) -> RegisteredClient | None:
    async with _registry() as registry:
        return await registry.client(client_id)


async def _clients() -> list[RegisteredClient]:
    async with _registry() as registry:
        return await registry.clients()


async def _update(client: RegisteredClient, action: str) -> None:
    async with _registry() as registry:
        await registry.update_client(client, operator=operator(), now=int(time.time()), action=action)


async def _import(written: list[Mapping[str, Any]]) -> list[tuple[str, Registration]]:
    """Everything is checked before anything is changed."""
    results, settings = [], settings_or_fail()
    read = partial(registration, is_sandbox=settings.is_sandbox, accepts_certificates=settings.accepts_certificates)
    async with _registry() as registry:
        stored = {client.client_id: client for client in await registry.clients()}
        wanted = [read(entry, stored.get(str(entry["client_id"]))) for entry in written]
        for made in wanted:
            before, now = stored.get(made.client.client_id), int(time.time())
            if before is None:
                await registry.add_client(made.client, operator=operator(), now=now)
                results.append(("registered", made))
            elif made.is_change_of(before):
                await registry.update_client(made.client, operator=operator(), now=now)
                results.append(("updated", made))
            else:
                results.append(("unchanged", made))
    return results


def _found(client_id: str, client: RegisteredClient | None) -> RegisteredClient:
    if client is None:
        raise _unknown(client_id)
    return client


def _unknown(client_id: str) -> CommandFailed:
    return CommandFailed(f"there is no client {client_id}; `motcua client list` shows them")


def _result(done: str, made: Registration) -> dict[str, Any]:
    secret = {"client_secret": made.new_secret} if made.new_secret else {}
    return {**shown(made.client), "result": done, **secret}


def _tell(made: Registration, done: str, secret_file: Path | None, *, as_json: bool) -> None:
    told = made.new_secret if made.new_secret and not secret_file else None
    if as_json:
        print_json({**shown(made.client), **({"client_secret": told} if told else {})})
        return
    say(f"{made.client.client_id}: {done}")
    if told:
        say(f"  client_secret: {told}")
        note("motcua: the secret is shown this once and stored as a hash only; keep it now")
