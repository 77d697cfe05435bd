"""`motcua operator`: who may work in the operator's portal. The first one can only be made here."""

import time
from collections.abc import Callable, Coroutine
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import typer

from idp.commands.failure import CommandFailed, WrongCall
from idp.commands.installation import opened, run, settings_or_fail
from idp.commands.installation import operator as account
from idp.commands.terminal import AsJson, command_app, date_of, note, print_json, print_table, say
from idp.operators.changes import (
    LabelTaken,
    LastAdministrator,
    NoSuchOperator,
    add_operator,
    disable_operator,
    enable_operator,
    give_roles,
    new_enrolment,
)
from idp.operators.enrolment import ENROLMENT_SECONDS
from idp.operators.operator import InvalidLabel, Operator, all_operators
from idp.operators.permissions import PERMITTED, Role
from idp.settings import Settings
from idp.storage.database import Database

app = command_app("Operators: add, list, disable, roles, second factor.")

T = TypeVar("T")

Label = Annotated[str, typer.Argument(metavar="LABEL", help="The work handle; never a citizen's name or number.")]
Roles = Annotated[list[Role], typer.Option("--role", help="May be given several times.")]


class State(StrEnum):
    AT_WORK = "at work"
    WAITING = "waits for enrolment"
    EXPIRED = "enrolment expired"
    DISABLED = "disabled"


@app.command()
def add(
    *,
    label: Annotated[str, typer.Option(help="A work handle: small letters, digits, dots, dashes.")],
    role: Roles,
    as_json: AsJson = False,
) -> None:
    """Make an operator; prints the code with which they enrol, valid once and for 24 hours."""
    settings = settings_or_fail()
    code = _changed(
        settings, lambda database, now: add_operator(database, label=label, roles=role, by=account(), now=now)
    )
    _tell_code(settings, label, code, as_json=as_json)


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """List operators, disabled ones too."""
    now = int(time.time())
    operators = run(_operators(settings_or_fail()))
    if as_json:
        print_json([{**_shown(operator), "state": _state(operator, now)} for operator in operators])
        return
    print_table(
        ("LABEL", "ROLES", "STATE", "ADDED (UTC)", "BY"),
        [
            (
                operator.label,
                ", ".join(sorted(operator.roles)),
                _state(operator, now),
                date_of(operator.created_at),
                operator.created_by,
            )
            for operator in operators
        ],
    )


@app.command()
def disable(
    label: Label,
    *,
    even_the_last_administrator: Annotated[
        bool, typer.Option("--even-the-last-administrator", help="Leave nobody who can manage operators.")
    ] = False,
) -> None:
    """Out of the portal with their next request; what they proposed cannot be confirmed any more."""
    _changed(
        settings_or_fail(),
        lambda database, now: disable_operator(
            database, label, by=account(), now=now, even_the_last=even_the_last_administrator
        ),
    )
    say(f"{label} is disabled.")


@app.command()
def enable(label: Label) -> None:
    """Undo `disable`."""
    _changed(settings_or_fail(), lambda database, now: enable_operator(database, label, by=account(), now=now))
    say(f"{label} is enabled.")


@app.command()
def roles(label: Label, *, role: Roles) -> None:
    """Give an operator these roles instead of those they hold."""
    _changed(settings_or_fail(), lambda database, now: give_roles(database, label, roles=role, by=account(), now=now))
    say(f"{label} is {', '.join(sorted(role))} now.")


@app.command("reset-second-factor")
def reset_second_factor(label: Label, *, as_json: AsJson = False) -> None:
    """The app they enrolled stops working; prints a code with which the same person enrols a new one."""
    settings = settings_or_fail()
    code = _changed(settings, lambda database, now: new_enrolment(database, label, by=account(), now=now))
    _tell_code(settings, label, code, as_json=as_json)


@app.command()
def permissions(*, as_json: AsJson = False) -> None:
    """Print what each role may do."""
    table = {role.value: sorted(permission.value for permission in PERMITTED[role]) for role in Role}
    if as_json:
        print_json(table)
        return
    print_table(("ROLE", "MAY"), [(role, ", ".join(allowed)) for role, allowed in table.items()])


def _changed(settings: Settings, work: Callable[[Database, int], Coroutine[Any, Any, T]]) -> T:
    """Runs one change, and tells what was wrong with it in a sentence."""

    async def change() -> T:
        async with opened(settings) as (database, _):
            return await work(database, int(time.time()))

    try:
        return run(change())
    except InvalidLabel as error:
        raise WrongCall(
            "a label is 1 to 32 small letters, digits, dots and dashes, and begins with a letter"
        ) from error
    except LabelTaken as error:
        raise CommandFailed(f"there is an operator {error}; labels are never used twice") from error
    except NoSuchOperator as error:
        raise CommandFailed(f"there is no operator {error}; `motcua operator list` shows them") from error
    except LastAdministrator as error:
        raise CommandFailed(
            f"{error} is the last administrator at work; make another one first"
            " (`motcua operator add --role administrator`)"
        ) from error


async def _operators(settings: Settings) -> list[Operator]:
    async with opened(settings) as (database, _):
        return list(await all_operators(database))


def _state(operator: Operator, now: int) -> State:
    if operator.disabled_at is not None:
        return State.DISABLED
    if operator.enrolment_expires_at is not None:
        return State.WAITING if operator.enrolment_expires_at > now else State.EXPIRED
    return State.AT_WORK


def _shown(operator: Operator) -> dict[str, Any]:
    return {
        "label": operator.label,
        "roles": sorted(operator.roles),
        "created_at": operator.created_at,
        "created_by": operator.created_by,
    }


def _tell_code(settings: Settings, label: str, code: str, *, as_json: bool) -> None:
    address = f"{settings.issuer}/operator/enrol"
    if as_json:
        print_json(
            {"label": label, "enrolment_code": code, "enrol_at": address, "valid_for_seconds": ENROLMENT_SECONDS}
        )
        return
    say(f"{label}: enrolment code {code}")
    say(f"  within 24 hours: log in at {address} and type it there")
    note("motcua: the code is shown this once and stored as a hash only; hand it over in person")
