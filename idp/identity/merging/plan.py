"""What moves from the absorbed person to the survivor, and what stays behind. Pure; kept for a split."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from idp.identity.cases.case import Case
from idp.identity.links import LinkStatus, LinkView
from idp.identity.merging.holdings import Holdings


@dataclass(frozen=True)
class MovedLink:
    """`to_status` differs where the merge answered the question the link raised."""

    id: str
    source_id: str
    from_status: str
    to_status: str


@dataclass(frozen=True, kw_only=True)
class Moved:
    """Ids, sectors, and binary keys in hexadecimal. The history follows its links."""

    links: tuple[MovedLink, ...] = ()
    confirmed: tuple[MovedLink, ...] = ()
    """Links of the survivor that raised the question: they stay, and are in doubt no longer."""
    subjects: tuple[str, ...] = ()
    """Sectors that knew the absorbed person alone: their `sub` goes on unchanged, as the survivor's."""
    retired: tuple[str, ...] = ()
    """Sectors that knew both: the absorbed person keeps that `sub` for nobody else ever to get."""
    consents: tuple[str, ...] = ()
    consents_set_aside: tuple[str, ...] = ()
    """In force, at services where the survivor's own stays in force instead."""
    anchors: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    authenticators: tuple[str, ...] = ()
    blocked_sources: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    """Who was decided to be another human than the absorbed person, and is another than the survivor only since."""

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Moved":
        document = json.loads(text)
        links, confirmed = (tuple(MovedLink(**link) for link in document.pop(name)) for name in ("links", "confirmed"))
        others = {name: tuple(values) for name, values in document.items()}
        return cls(links=links, confirmed=confirmed, **others)


@dataclass(frozen=True, kw_only=True)
class MergePlan:
    moved: Moved
    answered: tuple[Case, ...]
    """Cases that asked whether these two are one."""


def plan_merge(
    survivor: Holdings, absorbed: Holdings, *, case: Case | None, keep_session: str | None, apart: Iterable[str]
) -> MergePlan:
    one, other = survivor.person.id, absorbed.person.id
    asked = {found.id: found for found in (*survivor.cases, *absorbed.cases) if found.concerns(one, other)}
    if case is not None:
        asked[case.id] = case
    questioned = {found.link_id for found in asked.values()}
    in_force = absorbed.consents_in_force
    confirmed = tuple(
        _moved_link(link, is_answered=True)
        for link in survivor.links
        if link.id in questioned and link.status is LinkStatus.PROPOSED
    )
    moved = Moved(
        links=tuple(_moved_link(link, is_answered=link.id in questioned) for link in absorbed.links),
        confirmed=confirmed,
        subjects=_sorted(sector for sector in absorbed.subjects if sector not in survivor.subjects),
        retired=_sorted(sector for sector in absorbed.subjects if sector in survivor.subjects),
        consents=_sorted(
            (
                *absorbed.consents,
                *(id for client_id, id in in_force.items() if client_id not in survivor.consents_in_force),
            )
        ),
        consents_set_aside=_sorted(id for client_id, id in in_force.items() if client_id in survivor.consents_in_force),
        anchors=tuple(anchor.hex() for anchor in absorbed.anchors),
        devices=tuple(device.hex() for device in absorbed.devices if device not in survivor.devices),
        # An operator's app opens the desk: what somebody enrolled with one factor, as another person, must not.
        authenticators=() if survivor.operators else absorbed.authenticators,
        blocked_sources=_sorted(
            source for source in absorbed.blocked_sources if source not in survivor.blocked_sources
        ),
        operators=absorbed.operators,
        cases=_sorted(found.id for found in absorbed.cases if found.id not in asked),
        sessions=() if keep_session is None else (keep_session,),
        apart=_sorted(apart),
    )
    return MergePlan(moved=moved, answered=tuple(asked[id] for id in sorted(asked)))


def _moved_link(link: LinkView, *, is_answered: bool) -> MovedLink:
    to_status = link.status
    if is_answered and link.status is LinkStatus.PROPOSED:
        confirmed = link.identity.personal_id is not None
        to_status = LinkStatus.REGISTER_CONFIRMED if confirmed else LinkStatus.PROVEN
    return MovedLink(link.id, link.source_id, link.status.value, to_status.value)


def _sorted(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(values))
