"""`motcua keys`: the provider's keys, and what the master keys seal. No private half leaves the database unsealed."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from idp.audit.events import AuditEvent, ConfigurationChanged
from idp.commands.failure import CommandFailed
from idp.commands.installation import opened, operator, run, settings_or_fail
from idp.commands.resealing import Report, reseal_everything
from idp.commands.signing_keys import change_ring
from idp.commands.terminal import AsJson, command_app, date_of, note, print_json, print_table, say
from idp.operators.key_ring_changes import Move, Tell, planned_rotation, told_as_rotation
from idp.settings import Settings
from idp.storage.live_configuration import load_key_ring
from keys.algorithms import KEY_ALGORITHMS, key_algorithm
from keys.key_ring import KeyRing, NoSuchKey, OwnKey, RingChange

app = command_app("List, rotate and retire keys; seal everything anew after a change of master keys.")


def _known(name: str | None) -> str | None:
    if name is not None and name not in KEY_ALGORITHMS:
        raise typer.BadParameter(f"must be one of {', '.join(KEY_ALGORITHMS)}")
    return name


Algorithm = Annotated[str | None, typer.Option("--alg", callback=_known, help="Of this algorithm only.")]
Kid = Annotated[str, typer.Argument(metavar="KID")]
Withdraw = Annotated[
    bool, typer.Option("--withdraw", help="Compromised: leave the JWKS at once; what it signed no longer verifies.")
]


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """List keys, the newest first."""
    ring = run(_ring(settings_or_fail()))
    keys = sorted(ring.keys, key=lambda key: (key.alg.value, -key.created_at, key.state.value))
    if as_json:
        print_json([_shown(key) for key in keys])
        return
    rows = [
        (
            key.alg.value,
            key.state.value,
            key.kid,
            date_of(key.created_at),
            date_of(key.activated_at),
            date_of(key.retired_at),
        )
        for key in keys
    ]
    print_table(("ALG", "STATE", "KID", "CREATED (UTC)", "ACTIVE SINCE", "RETIRED"), rows)


@app.command()
def rotate(*, alg: Algorithm = None, as_json: AsJson = False) -> None:
    """Next becomes active, active retires, a new next is made. Makes the first keys where there are none."""
    settings = settings_or_fail()

    chosen = None if alg is None else key_algorithm(alg)

    def move(ring: KeyRing, now: int) -> RingChange:
        return planned_rotation(ring, now, alg=chosen, settings=settings)

    change = _change(settings, move, told_as_rotation)
    _tell(change, as_json=as_json)


# A key is named by a thumbprint, and one in 64 of those begins with a dash.
@app.command(context_settings={"ignore_unknown_options": True})
def retire(kid: Kid, *, withdraw: Withdraw = False, as_json: AsJson = False) -> None:
    """Stop using a key; what it signed still verifies and what it opens still opens, unless it is withdrawn."""
    settings, action = settings_or_fail(), "withdrawn" if withdraw else "retired"

    def move(ring: KeyRing, now: int) -> RingChange:
        try:
            return ring.withdraw(kid, now=now) if withdraw else ring.retire(kid, now=now)
        except NoSuchKey as error:
            raise CommandFailed(f"there is no key {kid}; `motcua keys list` shows them") from error

    def tell(change: RingChange) -> Sequence[AuditEvent]:
        return [
            ConfigurationChanged(subject="signing_key", action=action, operator=operator()),
            *told_as_rotation(change),
        ]

    _tell(_change(settings, move, tell), as_json=as_json)


@app.command()
def reseal(*, as_json: AsJson = False) -> None:
    """Seal and index everything anew under the first master key, while the provider serves; say which others may go.

    Run it once every worker has the new key in first place. It may be stopped and run again at any time.
    """
    settings = settings_or_fail()

    async def work() -> Report:
        async with opened(settings) as (database, vault):
            return await reseal_everything(database, vault, tell=_tell_progress)

    report = run(work())
    if as_json:
        print_json(_shown_report(report))
        return
    for one in sorted(report.tables.values(), key=lambda one: one.table):
        say(f"{one.table}: {one.changed} sealed anew, {one.looked_at} looked at")
    for key_id, reasons in report.needed.items():
        for reason in reasons:
            say(f"{key_id} is still needed: {reason}")
    for key_id in report.unneeded:
        say(f"Nothing in the database needs {key_id} any more: take it out of master_keys.")
    if report.needed and report.counted_numbers:
        say(
            f"{report.counted_numbers} numbers have wrong codes on count; those of numbers that nobody linked are "
            "forgotten with the key under which they were counted."
        )
    if not report.needed:
        say("There is one master key: nothing to seal anew.")


def _change(settings: Settings, move: Move, tell: Tell) -> RingChange:
    async def work() -> RingChange:
        async with opened(settings) as (database, vault):
            return await change_ring(database, vault, move, tell)

    return run(work())


async def _ring(settings: Settings) -> KeyRing:
    async with opened(settings) as (database, vault):
        return await load_key_ring(database, vault)


def _shown(key: OwnKey) -> dict[str, Any]:
    return {
        "kid": key.kid,
        "alg": key.alg.value,
        "state": key.state.value,
        "created_at": key.created_at,
        "activated_at": key.activated_at,
        "retired_at": key.retired_at,
    }


def _tell_progress(table: str, rows: int) -> None:
    if rows % 10_000 == 0:
        note(f"{table}: {rows} …")


def _shown_report(report: Report) -> dict[str, Any]:
    return {
        "tables": {
            one.table: {"looked_at": one.looked_at, "changed": one.changed, "unreadable": one.unreadable}
            for one in report.tables.values()
        },
        "needed": {key_id: list(reasons) for key_id, reasons in report.needed.items()},
        "unneeded": list(report.unneeded),
        "unknown_identifiers": report.unknown_identifiers,
        "counted_numbers": report.counted_numbers,
    }


def _tell(change: RingChange, *, as_json: bool) -> None:
    if as_json:
        print_json({"changed": [_shown(key) for key in change.changed], "removed": [key.kid for key in change.removed]})
        return
    for key in change.changed:
        say(f"{key.alg.value}: {key.kid} is {key.state.value}")
    for key in change.removed:
        say(f"{key.alg.value}: {key.kid} is gone")
    if not change.changed and not change.removed:
        say("Nothing had to change.")
