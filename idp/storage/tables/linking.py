"""How links are found, questioned, joined and taken apart again. Nothing here is ever destroyed by a merge."""

from sqlalchemy import BigInteger, Index, LargeBinary, Text
from sqlmodel import Field

from idp.storage.tables.table import Table


class MatchKeyRow(Table, table=True):
    """A stored record is a candidate for every new record that shares one of its keys (a keyed hash, 16 bytes)."""

    __tablename__ = "match_key"

    key: bytes = Field(sa_type=LargeBinary, primary_key=True)
    link_id: str = Field(sa_type=Text, primary_key=True, index=True)


class SupersededPersonalIdRow(Table, table=True):
    """A personal ID that was re-issued: both numbers sealed as a pair, each found by its blind index."""

    __tablename__ = "superseded_personal_id"

    old_index: bytes = Field(sa_type=LargeBinary, primary_key=True)
    new_index: bytes = Field(sa_type=LargeBinary, index=True)
    pair_sealed: bytes = Field(sa_type=LargeBinary)
    recorded_at: int = Field(sa_type=BigInteger)


class LinkingCaseRow(Table, table=True):
    """A doubt about who somebody is, from the login that raised it to the decision. `version` settles races.

    `candidate_ids` is a JSON list of person ids, `evidence` a JSON object of decision codes; `note_sealed` holds
    what people wrote. `reference` is what is read aloud on the telephone.
    """

    __tablename__ = "linking_case"
    __table_args__ = (Index(None, "status", "created_at"),)

    id: str = Field(sa_type=Text, primary_key=True)
    reference: str = Field(sa_type=Text, unique=True)
    kind: str = Field(sa_type=Text)
    status: str = Field(sa_type=Text)
    person_id: str = Field(sa_type=Text, index=True)
    link_id: str | None = Field(default=None, sa_type=Text)
    candidate_ids: str = Field(sa_type=Text)
    decision: str = Field(sa_type=Text)
    evidence: str = Field(sa_type=Text)
    note_sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    proposed_action: str | None = Field(default=None, sa_type=Text)
    proposed_by: str | None = Field(default=None, sa_type=Text)
    outcome: str | None = Field(default=None, sa_type=Text)
    decided_by: str | None = Field(default=None, sa_type=Text)
    created_at: int = Field(sa_type=BigInteger)
    due_at: int = Field(sa_type=BigInteger)
    decided_at: int | None = Field(default=None, sa_type=BigInteger)
    version: int = Field(default=0, sa_type=BigInteger)


class KeptApartRow(Table, table=True):
    """Two people whom somebody decided to be two; `person_a` sorts before `person_b`."""

    __tablename__ = "kept_apart"

    person_a: str = Field(sa_type=Text, primary_key=True)
    person_b: str = Field(sa_type=Text, primary_key=True)
    case_id: str = Field(sa_type=Text)
    decided_at: int = Field(sa_type=BigInteger)


class PersonMergeRow(Table, table=True):
    """One merge and what it moved (JSON), so that a split puts everything back where it was."""

    __tablename__ = "person_merge"

    id: str = Field(sa_type=Text, primary_key=True)
    survivor_id: str = Field(sa_type=Text, index=True)
    absorbed_id: str = Field(sa_type=Text, index=True)
    case_id: str | None = Field(default=None, sa_type=Text)
    basis: str = Field(sa_type=Text)
    moved: str = Field(sa_type=Text)
    merged_at: int = Field(sa_type=BigInteger)
    merged_by: str = Field(sa_type=Text)
    undone_at: int | None = Field(default=None, sa_type=BigInteger)
    undone_by: str | None = Field(default=None, sa_type=Text)


class RetiredSubjectRow(Table, table=True):
    """A `sub` that a merge replaced at its sector, and the one to use instead, answered for a year."""

    __tablename__ = "retired_subject"

    old_sub: str = Field(sa_type=Text, primary_key=True)
    sector: str = Field(sa_type=Text)
    new_sub: str = Field(sa_type=Text)
    merge_id: str = Field(sa_type=Text, index=True)
    changed_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger, index=True)


class RequestBlockRow(Table, table=True):
    """A service that may not ask this person from elsewhere any more."""

    __tablename__ = "request_block"

    person_id: str = Field(sa_type=Text, primary_key=True)
    client_id: str = Field(sa_type=Text, primary_key=True)
    blocked_at: int = Field(sa_type=BigInteger)


class SourceBlockRow(Table, table=True):
    """A source its owner does not want to be known through; `*` stands for every source not linked yet."""

    __tablename__ = "source_block"

    person_id: str = Field(sa_type=Text, primary_key=True)
    source_id: str = Field(sa_type=Text, primary_key=True)
    blocked_at: int = Field(sa_type=BigInteger)
