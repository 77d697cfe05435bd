"""The provider's keys at the desk: which there are, and a change that one operator proposes and another carries out.

There is no interface for programs: an operator is a person with two factors, and a machine that is trusted with the
keys runs `motcua keys`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from starlette.responses import Response

from idp.operators.doubles import doubles_of
from idp.operators.four_eyes import NotASecond, why_not_second
from idp.operators.key_proposals import (
    KeyAction,
    KeyProposal,
    KeyReason,
    carry_out,
    propose,
    refuse,
    waiting_proposal,
)
from idp.operators.key_ring_changes import ChangedMeanwhile
from idp.operators.operator import Operator, operator_by_id
from idp.operators.permissions import Permission
from idp.portals.operator.case_work import words_of
from idp.portals.operator.desk import HOME, Desk, see
from idp.storage.live_configuration import load_key_ring
from keys.algorithms import KEY_ALGORITHMS
from keys.held_key import KeyState
from keys.key_ring import KeyRing, NoSuchKey

KEYS_PAGE: Final = f"{HOME}/keys"
_DAY: Final = 86_400
_ORDER: Final = (KeyState.ACTIVE, KeyState.NEXT, KeyState.RETIRED)


class KeyTrouble(StrEnum):
    RACED = "raced"
    NO_WORDS = "no_words"
    NOT_POSSIBLE = "not_possible"
    SAME_OPERATOR = NotASecond.SAME_OPERATOR.value
    SAME_PERSON = NotASecond.SAME_PERSON.value
    PROPOSER_GONE = NotASecond.PROPOSER_GONE.value


@dataclass(frozen=True, kw_only=True)
class KeyRow:
    """`days`: for how long it has been in this state."""

    kid: str
    alg: str
    opens: bool
    state: KeyState
    days: int
    since: datetime


async def keys_page(desk: Desk) -> Response:
    return await _page(desk)


async def propose_change(desk: Desk) -> Response:
    """The first half: what, and why."""
    asked, ring = _asked(desk), await _ring(desk)
    if asked is None or not _is_possible(asked, ring):
        return await _page(desk, trouble=KeyTrouble.NOT_POSSIBLE)
    if not asked.words:
        return await _page(desk, trouble=KeyTrouble.NO_WORDS)
    if not await propose(desk.services.database, desk.services.vault, asked):
        return await _page(desk, trouble=KeyTrouble.RACED)
    return see(KEYS_PAGE)


async def second_change(desk: Desk) -> Response:
    """Carries out what waits, or refuses it; who proposed it may only take it back."""
    services = desk.services
    proposal = await waiting_proposal(services.database, services.vault, now=desk.now)
    if proposal is None or desk.form.get("number") != str(proposal.number):
        return await _page(desk, trouble=KeyTrouble.RACED)
    by = desk.operator.id
    if desk.form.get("decision") != "confirm":
        done = await refuse(services.database, proposal, by=by, now=desk.now)
        return see(KEYS_PAGE) if done else await _page(desk, trouble=KeyTrouble.RACED)
    obstacle = await _obstacle(desk, await operator_by_id(services.database, proposal.by))
    if obstacle is not None:
        return await _page(desk, trouble=KeyTrouble(obstacle.value))
    try:
        await carry_out(services.database, services.vault, proposal, settings=services.settings, by=by, now=desk.now)
    except ChangedMeanwhile:
        return await _page(desk, trouble=KeyTrouble.RACED)
    except NoSuchKey:
        return await _page(desk, trouble=KeyTrouble.NOT_POSSIBLE)
    # This worker at once; the others find the new version of the configuration within two seconds.
    await services.configuration.refresh()
    return see(KEYS_PAGE)


def _asked(desk: Desk) -> KeyProposal | None:
    form = desk.form
    action, reason = form.get("action", ""), form.get("reason", "")
    if action not in set(KeyAction) or reason not in set(KeyReason):
        return None
    return KeyProposal(
        action=KeyAction(action),
        target=form.get("target", ""),
        reason=KeyReason(reason),
        words=words_of(desk),
        by=desk.operator.id,
        at=desk.now,
    )


def _is_possible(asked: KeyProposal, ring: KeyRing) -> bool:
    if asked.action is KeyAction.ROTATE:
        return asked.target in ("", *KEY_ALGORITHMS)
    found = next((key for key in ring.keys if key.kid == asked.target), None)
    if found is None:
        return False
    return asked.action is KeyAction.WITHDRAW or found.state is not KeyState.RETIRED


async def _obstacle(desk: Desk, proposer: Operator | None) -> NotASecond | None:
    """Keys are about nobody; who proposes and who carries out are two humans all the same."""
    database = desk.services.database
    people = (proposer.person_id if proposer else None, desk.operator.person_id)
    theirs, mine = [await doubles_of(database, one) if one else frozenset[str]() for one in people]
    return why_not_second(
        proposer,
        desk.operator,
        proposing=Permission.CHANGE_KEYS,
        proposer_doubles=theirs,
        second_doubles=mine,
        about=(),
    )


async def _page(desk: Desk, *, trouble: KeyTrouble | None = None) -> Response:
    services, ring = desk.services, await _ring(desk)
    waiting = await waiting_proposal(services.database, services.vault, now=desk.now)
    proposer = await operator_by_id(services.database, waiting.by) if waiting else None
    rows = _rows(ring, desk.now)
    return desk.page(
        "portals/operator/keys",
        status=409 if trouble else 200,
        url=KEYS_PAGE,
        rows=rows,
        algorithms=[alg.value for alg in KEY_ALGORITHMS],
        reasons=list(KeyReason),
        waiting=waiting,
        until=datetime.fromtimestamp(waiting.at + _DAY, UTC) if waiting else None,
        concerned=next((row for row in rows if waiting and row.kid == waiting.target), None),
        proposer=proposer,
        obstacle=await _obstacle(desk, proposer) if waiting else None,
        trouble=trouble,
        words=desk.form.get("words", "") if trouble else "",
    )


async def _ring(desk: Desk) -> KeyRing:
    """As it is stored; opening keys that this worker knows already costs nothing."""
    services = desk.services
    return await load_key_ring(services.database, services.vault, known=services.configuration.key_ring)


def _rows(ring: KeyRing, now: int) -> Sequence[KeyRow]:
    def since(created: int, activated: int | None, retired: int | None) -> int:
        return retired or activated or created

    rows = [
        KeyRow(
            kid=key.kid,
            alg=key.alg.value,
            opens=key.public_jwk()["use"] == "enc",
            state=key.state,
            days=max(0, now - since(key.created_at, key.activated_at, key.retired_at)) // _DAY,
            since=datetime.fromtimestamp(since(key.created_at, key.activated_at, key.retired_at), UTC),
        )
        for key in ring.keys
    ]
    order = [alg.value for alg in KEY_ALGORITHMS]
    return sorted(rows, key=lambda row: (order.index(row.alg), _ORDER.index(row.state), row.days))
