"""What operators write in a case, one entry after the other; the whole is sealed with the case. Pure.

An entry also holds what a proposal is about, because the case itself only says that something was proposed.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

LONGEST: Final = 1000


class NoteKind(StrEnum):
    NOTE = "note"
    LOOK = "look"
    DOCUMENT = "document"
    MERGE = "merge"
    SPLIT = "split"
    APART = "apart"
    REFUSAL = "refusal"
    DECISION = "decision"


@dataclass(frozen=True, kw_only=True)
class Note:
    """`by` is an operator's label; `about` the candidate or the merge of a proposal, the document that was asked."""

    at: int
    by: str
    kind: NoteKind
    words: str = field(default="", repr=False)
    about: str = ""

    @property
    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)


def read_notes(kept: str | None) -> tuple[Note, ...]:
    """The oldest first. What somebody else than an operator wrote is one entry without a name."""
    if not kept:
        return ()
    try:
        entries = json.loads(kept)
        return tuple(Note(**{**entry, "kind": NoteKind(entry["kind"])}) for entry in entries)
    except (ValueError, TypeError, KeyError):
        return (Note(at=0, by="", kind=NoteKind.NOTE, words=kept[:LONGEST]),)


def with_note(kept: str | None, note: Note) -> str:
    return json.dumps([asdict(one) for one in (*read_notes(kept), note)], ensure_ascii=False)


def proposed(notes: Sequence[Note], kind: NoteKind) -> Note | None:
    """The newest proposal of this kind."""
    return next((note for note in reversed(notes) if note.kind is kind), None)
