"""Speaks the register protocol: one identifier in, one record or "not found" out. Believes nothing it reads.

Any HTTP register that keeps to `docs/sources.md` is reached with it. Knows no page and no citizen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from idp.authentication.attributes import (
    AttributeRefused,
    Reading,
    read_date,
    read_flag,
    read_identity,
    read_text,
)
from idp.authentication.contract import SourceLied, SourceUnavailable
from idp.identity.identifiers.kinds import InvalidIdentifier
from idp.identity.identifiers.mobile_number import parse_mobile_number_identifier
from idp.identity.pivot import PivotIdentity
from idp.web.guarded_http import AnswerUnusable, GuardedHttp, OutgoingRequestFailed, basic_authorization

_LONGEST_SUBJECT = 255
# Names of the register protocol → the claims `attributes` reads.
_CLAIM_OF_MEMBER = {"personal_id": "vn_personal_id", "personal_id_verified": "vn_personal_id_verified"}
_IDENTITY_MEMBERS = ("name", "birthdate", "gender", "birthplace", "personal_id", "personal_id_verified")


@dataclass(frozen=True, kw_only=True)
class RegisterRecord:
    """What a register holds about one identifier. `phone` is canonical; dates are those the register vouches for."""

    subject: str = field(repr=False)
    identity: PivotIdentity
    deceased: bool = False
    phone: str | None = field(default=None, repr=False)
    phone_since: date | None = None
    active_since: date | None = None


@dataclass(frozen=True, kw_only=True)
class RegisterClient:
    """One register, with our credentials there. `source_id` names it in errors."""

    http: GuardedHttp
    source_id: str
    register_url: str
    client_id: str
    client_secret: str = field(repr=False)
    allow_sandbox: bool = False

    async def lookup(self, identifier_type: str, identifier: str, *, today: date) -> RegisterRecord | None:
        """The record, or None where the register knows nobody. Raises SourceUnavailable, SourceLied."""
        question = {"identifier_type": identifier_type, "identifier": identifier}
        headers = {"authorization": basic_authorization(self.client_id, self.client_secret)}
        try:
            answer = await self.http.post_json(self._url("lookup"), question, headers=headers)
            if answer.status == 200:
                document = answer.json()
        except AnswerUnusable as error:
            raise SourceLied(self.source_id, error.reason) from error
        except OutgoingRequestFailed as error:
            raise SourceUnavailable(self.source_id, error.reason) from error
        if answer.status != 200:
            reason = "credentials_refused" if answer.status == 401 else f"status_{answer.status}"
            raise SourceUnavailable(self.source_id, reason)
        try:
            return read_answer(document, Reading(today, trusts_personal_id=True, allow_sandbox=self.allow_sandbox))
        except AttributeRefused as error:
            raise SourceLied(self.source_id, error.reason) from error

    async def check(self) -> str:
        """One sentence on the register's health. Raises SourceUnavailable."""
        try:
            document = await self.http.get_json(self._url("health"))
        except OutgoingRequestFailed as error:
            raise SourceUnavailable(self.source_id, error.reason) from error
        if not isinstance(document, dict) or document.get("status") != "ok":
            raise SourceUnavailable(self.source_id, "not_healthy")
        return "The register answers and says it is well."

    def is_failing(self) -> bool:
        return self.http.is_failing(self.register_url)

    def _url(self, name: str) -> str:
        return f"{self.register_url.rstrip('/')}/{name}"


def read_answer(document: Any, reading: Reading) -> RegisterRecord | None:
    """The answer of `POST /lookup`. Raises AttributeRefused for whatever the protocol does not allow."""
    if not isinstance(document, dict) or not isinstance(document.get("found"), bool):
        raise AttributeRefused("answer_shape")
    if not document["found"]:
        return None
    record = document.get("record")
    if not isinstance(record, dict):
        raise AttributeRefused("record_type")
    deceased = read_flag(record, "deceased")
    return RegisterRecord(
        subject=_subject(record),
        identity=replace(read_identity(_identity_claims(record), reading), deceased=deceased),
        deceased=deceased,
        phone=_phone(record, reading),
        phone_since=read_date(record, "phone_since", today=reading.today),
        active_since=read_date(record, "active_since", today=reading.today),
    )


def _identity_claims(record: Mapping[str, object]) -> dict[str, object]:
    return {_CLAIM_OF_MEMBER.get(name, name): record[name] for name in _IDENTITY_MEMBERS if name in record}


def _subject(record: Mapping[str, object]) -> str:
    """Visible ASCII and short, as OpenID Connect Core §2 has it: it becomes a key of ours."""
    subject = record.get("subject")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
        raise AttributeRefused("subject_type")
    if not all("!" <= letter <= "~" for letter in subject):
        raise AttributeRefused("subject_characters")
    return subject


def _phone(record: Mapping[str, object], reading: Reading) -> str | None:
    """Only a mobile number can take a code; what else a register has on file counts as none."""
    value = read_text(record, "phone")
    if value is None:
        return None
    try:
        return parse_mobile_number_identifier(value, allow_sandbox=reading.allow_sandbox).canonical
    except InvalidIdentifier:
        return None
