"""What recognition answers and asks for: whom it found, why somebody may not come in, who is to be told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from idp.identity.channels import Channel
from idp.identity.links import LinkStatus
from idp.storage.database import Write


class IdentityChanged(Exception):
    """The source's own identifier now comes with what must be another human: somebody must look at it."""


class PersonNotActive(Exception):
    """The person is locked or has closed their account."""

    def __init__(self, person_id: str, status: str) -> None:
        super().__init__(status)
        self.person_id = person_id
        self.status = status


class LinkNotUsable(Exception):
    """The link is frozen, disputed, removed, or at odds with its person: nobody comes in by it."""

    def __init__(self, person_id: str, link_id: str, status: LinkStatus) -> None:
        super().__init__(status.value)
        self.person_id = person_id
        self.link_id = link_id
        self.status = status


class SourceBlocked(Exception):
    """The person does not want to be known through this source."""

    def __init__(self, person_id: str) -> None:
        super().__init__("source blocked by its owner")
        self.person_id = person_id


class RecognitionContended(Exception):
    """Other logins of the same person kept winning; the citizen may simply try again."""


@dataclass(frozen=True, kw_only=True)
class Recognised:
    """`decision` is `KNOWN` for an existing link, else the matching policy's word."""

    person_id: str
    link_id: str
    decision: str
    case_id: str | None = None
    """The open question about this link."""
    tolerated: tuple[str, ...] = ()
    """Names of the fields that a LINK_TOL let pass: name, birthdate, sex, birthplace, personal_id."""
    differing: tuple[str, ...] = ()
    """Names of the fields that kept a PROVE or REVIEW from being a LINK."""
    is_new_link: bool = False
    withholds_personal_id: bool = False
    """Somebody else holds this verified number: no service may be told it of this person."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """Something a person must hear of, on the channels known before it happened."""

    kind: Literal["source_linked"]
    person_id: str
    link_id: str
    source_id: str
    channels: tuple[Channel, ...] = field(repr=False)
    now: float


Tell = Callable[[Told], Sequence[Write]]
"""Its writes go into the transaction of what they tell of, so that a notice goes out exactly once."""


def tell_nobody(_: Told) -> Sequence[Write]:
    return ()
