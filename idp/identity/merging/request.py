"""What a merge is asked for, and the two people as they stand: read, and refused where they may not be one."""

from dataclasses import dataclass

from idp.identity.cases.case import Case, CaseAction
from idp.identity.cases.decisions import awaits_second, held_for_second, held_undecided
from idp.identity.cases.keeping_apart import Apart, decisions_apart
from idp.identity.cases.search import case_by_id
from idp.identity.channels import Channel, channels_of_person
from idp.identity.merging.holdings import Holdings, holdings_of
from idp.identity.merging.survivor import differing_numbers, why_not_one
from idp.identity.merging.words import MergeBasis, MergeRefusal, MergeRefused
from idp.identity.person_state import AlsoHeld, PersonState, people_behind
from idp.identity.protection.happenings import TellHappening
from idp.identity.succession.supersessions import successions_of
from idp.storage.database import Database
from idp.storage.vault import Vault


@dataclass(frozen=True, kw_only=True)
class MergeRequest:
    """What the caller asked for, unchanged from look to look."""

    basis: MergeBasis
    case_id: str | None
    case_version: int | None
    by: str
    keep_session: str | None
    tell: TellHappening
    now: float


@dataclass(frozen=True, kw_only=True)
class MergeReading:
    """Both people as they stand, the case, and what was found out about them."""

    survivor: Holdings
    absorbed: Holdings
    case: Case | None
    channels: tuple[Channel, ...]
    apart: tuple[Apart, ...]
    """Whom the absorbed person was decided not to be; the survivor is not either, then."""


async def read_merge(
    database: Database,
    vault: Vault,
    survivor: PersonState,
    absorbed: PersonState,
    asked: MergeRequest,
    *,
    named: tuple[str, str],
) -> MergeReading:
    """Raises MergeRefused. `named`: the two as the caller names them, perhaps by an id from before another merge."""
    if not (survivor.is_active and absorbed.is_active):
        raise MergeRefused(MergeRefusal.NOT_ACTIVE)
    case = None if asked.case_id is None else await case_by_id(database, vault, asked.case_id)
    _check_case(case, asked, (survivor.id, absorbed.id), named)
    apart = await _inherited(database, survivor.id, absorbed.id, may_overrule=asked.basis is MergeBasis.OPERATORS)
    stays, goes = await holdings_of(database, vault, survivor), await holdings_of(database, vault, absorbed)
    if stays.operators and goes.operators:
        raise MergeRefused(MergeRefusal.TWO_OPERATORS)
    superseded: list[tuple[str, str]] = []
    for one, other in differing_numbers(stays.links, goes.links):
        superseded += await successions_of(database, vault, one, other)
    refusal = why_not_one(stays.links, goes.links, basis=asked.basis, case=case, superseded=superseded)
    if refusal is not None:
        raise MergeRefused(refusal)
    channels = (
        *await channels_of_person(database, vault, survivor.id),
        *await channels_of_person(database, vault, absorbed.id),
    )
    return MergeReading(survivor=stays, absorbed=goes, case=case, channels=tuple(dict.fromkeys(channels)), apart=apart)


async def _inherited(
    database: Database, survivor_id: str, absorbed_id: str, *, may_overrule: bool
) -> tuple[Apart, ...]:
    """Raises MergeRefused, also where it was decided of somebody whom one of them absorbed before."""
    stays = await people_behind(database, survivor_id)
    goes = await people_behind(database, absorbed_id)
    decided = await decisions_apart(database, goes)
    if not may_overrule and any(one.other_id in stays for one in decided):
        raise MergeRefused(MergeRefusal.KEPT_APART)
    known = {one.other_id for one in await decisions_apart(database, [survivor_id])}
    inherited = {one.other_id: one for one in decided if one.other_id not in {*stays, *goes, *known}}
    return tuple(inherited.values())


def _check_case(case: Case | None, asked: MergeRequest, *pairs: tuple[str, str]) -> None:
    if asked.case_id is not None and (case is None or not case.is_undecided):
        raise MergeRefused(MergeRefusal.OTHER_CASE)
    if case is not None and asked.case_version not in (None, case.version):
        raise MergeRefused(MergeRefusal.OTHER_CASE)
    if case is not None and not any(case.concerns(*pair) for pair in pairs):
        raise MergeRefused(MergeRefusal.OTHER_CASE)
    if asked.basis is MergeBasis.OPERATORS and not awaits_second(case, CaseAction.MERGE, by=asked.by):
        raise MergeRefused(MergeRefusal.NO_SECOND_OPERATOR)


def held_with(case: Case | None, asked: MergeRequest) -> list[AlsoHeld]:
    if case is None:
        return []
    if asked.basis is MergeBasis.OPERATORS:
        return [held_for_second(case, CaseAction.MERGE, by=asked.by)]
    return [held_undecided(case)]
