"""What the identity layer asks of any source's answer; it knows no source, and no source need know it."""

from typing import Protocol

from idp.identity.pivot import PivotIdentity
from idp.protocol.levels import LevelOfAssurance


class VerifiedPerson(Protocol):
    """`source_subject` is the source's own identifier; `forgotten_after` the seconds without use after which that
    identifier proves nothing of its former holder, None for one that never changes hands; `supersedes` the source's
    own identifiers that this login proves to be nobody else's any more."""

    @property
    def source_id(self) -> str: ...

    @property
    def source_subject(self) -> str: ...

    @property
    def identity(self) -> PivotIdentity: ...

    @property
    def amr(self) -> tuple[str, ...]: ...

    @property
    def level(self) -> LevelOfAssurance: ...

    @property
    def authenticated_at(self) -> int: ...

    @property
    def forgotten_after(self) -> int | None: ...

    @property
    def supersedes(self) -> tuple[str, ...]: ...
