"""`motcua limits`: gives a citizen back what wrong codes took. The identifier comes from stdin, never from the call."""

import sys
import time
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer

from idp.audit.events import ConfigurationChanged
from idp.audit.log import audit_entry
from idp.authentication.attributes import today_of
from idp.authentication.kinds import KINDS, validate_source_configuration
from idp.authentication.one_time_code_limits import CodeLimits
from idp.authentication.source_configuration import SourceConfigurationInvalid
from idp.commands.failure import CommandFailed, WrongCall
from idp.commands.installation import opened, operator, run, settings_or_fail
from idp.commands.terminal import AsJson, command_app, note, print_json, say
from idp.identity.identifiers.kinds import IdentifierKind, InvalidIdentifier
from idp.identity.identifiers.parsing import parse_identifier
from idp.settings import Settings
from idp.storage.live_configuration import load_sources

app = command_app("Lift the limits on wrong one-time codes for one number.")

_LONGEST_LINE = 64


class Reason(StrEnum):
    """Why, for the audit log: a closed set, so that nobody writes a name or a number into it."""

    HOLDER_PROVED = "holder-proved"
    """The holder came with an identity card, or proved at the hotline who they are."""
    ATTACK_ENDED = "attack-ended"
    """Somebody else guessed, and that is over."""
    OPERATOR_ERROR = "operator-error"
    """A test, or a mistake of ours."""


@app.callback()
def limits() -> None:
    """Keeps `lift` a command of its own."""


@app.command()
def lift(
    *,
    kind: Annotated[IdentifierKind, typer.Option(help="What was typed: the kind of the number.")],
    source: Annotated[str, typer.Option(metavar="SOURCE_ID", help="The source that takes this kind of number.")],
    reason: Annotated[Reason, typer.Option(help="Why; written to the audit log.")],
    as_json: AsJson = False,
) -> None:
    """Forget the wrong codes of the one number on stdin, at every source. Sent messages stay counted."""
    settings = settings_or_fail()
    identifier = _identifier(kind, settings)
    forgotten = run(_lift(settings, kind, identifier, source_id=source, reason=reason))
    if as_json:
        print_json({"source": source, "kind": kind, "wrong_codes_forgotten": forgotten})
        return
    say(f"Lifted: {forgotten} wrong codes are forgotten." if forgotten else "No wrong code was counted.")


def _identifier(kind: IdentifierKind, settings: Settings) -> str:
    """Canonical, as it is counted. Raises WrongCall, which does not repeat what was typed."""
    if sys.stdin.isatty():
        note("Type the number, then Enter:")
    typed = sys.stdin.readline(_LONGEST_LINE + 1).strip()
    if not typed or len(typed) > _LONGEST_LINE:
        raise WrongCall("the number is expected as one line on stdin")
    try:
        return parse_identifier(
            kind, typed, today=today_of(int(time.time())), allow_sandbox=settings.is_sandbox
        ).canonical
    except InvalidIdentifier as error:
        raise WrongCall(f"what stdin holds is no {kind.value} ({error.reason})") from error


async def _lift(settings: Settings, kind: IdentifierKind, identifier: str, *, source_id: str, reason: Reason) -> int:
    """How many wrong codes were forgotten. The event names source, kind and reason, and never the number."""
    now = int(time.time())
    async with opened(settings) as (database, vault):
        written = next(
            (found for found, _ in await load_sources(database, vault) if found.get("id") == source_id), None
        )
        if written is None:
            raise CommandFailed(f"there is no source {source_id}; `motcua source list` shows them")
        if _kind_taken_by(written) != kind:
            raise WrongCall(f"the source {source_id} takes no {kind.value}")
        limits = CodeLimits(database, vault)
        forgotten = await limits.wrong_ever(kind.value, identifier, now=now)
        event = ConfigurationChanged(
            source_id=source_id, subject=f"limit:{kind.value}", action=f"lifted:{reason.value}", operator=operator()
        )
        await database.commit(*limits.lift(kind.value, identifier), audit_entry(event, now_ms=now * 1000))
        return forgotten


def _kind_taken_by(written: Mapping[str, Any]) -> str | None:
    """What citizens type at a source; None for one that has no form of ours, or is misconfigured."""
    try:
        configuration = validate_source_configuration(written)
    except SourceConfigurationInvalid:
        return None
    options = KINDS[configuration.kind].options.model_validate(configuration.options)
    return getattr(options, "identifier", None)
