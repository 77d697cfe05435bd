"""The one home of personal data: what an identity source verified about a person, in one spelling.

Hides itself in `repr`. Knows nothing of who asserted it, nor of how it is stored or sealed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Self

from idp.identity.attributes.birth import BirthDatePrecision, parse_birth_date
from idp.identity.attributes.name_parts import split_name


@dataclass(frozen=True, repr=False, kw_only=True)
class PivotIdentity:
    """Attributes in the words of OpenID Connect Core 1.0 §5.1; `None` means the source does not know."""

    name: str
    birthdate: str
    """`YYYY-MM-DD`, or `YYYY` where the register holds the year alone."""
    gender: Literal["male", "female"] | None = None
    birthplace: str | None = None
    personal_id: str | None = None
    """Only where the source itself verified it: a number typed by the citizen is not evidence."""
    tax_code: str | None = None
    social_insurance_number: str | None = None
    """Both canonical, and only where a register confirmed them. For the person's own eyes: in no claim."""
    phone_on_file: str | None = None
    """The register's, where a code arrived: a channel to tell the person on. In no claim: nobody was asked for it."""
    phone_number: str | None = None
    email: str | None = None
    deceased: bool = False

    def __repr__(self) -> str:
        return "PivotIdentity(…)"

    def to_json(self) -> dict[str, Any]:
        """A plain dict for sealing; `from_json` is its inverse."""
        return dict(vars(self))

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Raises `ValueError`, which names the field and never the value, where the document is not ours."""
        unknown = document.keys() - _FIELDS
        if unknown:
            raise ValueError("a sealed identity has fields nobody knows")
        for required in ("name", "birthdate"):
            if not isinstance(document.get(required), str):
                raise ValueError(f"a sealed identity lacks {required}")
        for optional in _OPTIONAL_TEXTS:
            if not isinstance(document.get(optional), str | None):
                raise ValueError(f"a sealed identity has a {optional} that is not text")
        if document.get("gender") not in (None, "male", "female"):
            raise ValueError("a sealed identity has a gender of another vocabulary")
        if not isinstance(document.get("deceased", False), bool):
            raise ValueError("a sealed identity has a deceased flag that is not a truth value")
        return cls(**document)

    def record(self) -> dict[str, str | None]:
        """In the shape that `matching.decide` compares. Contact channels are left out: never evidence."""
        return {
            "name": self.name,
            "birthdate": self.birthdate,
            "sex": self.gender,
            "personal_id": self.personal_id,
            "birthplace": self.birthplace,
        }

    def claims(self) -> dict[str, str]:
        """Every claim this identity can answer; the caller releases those the client was granted.

        A birth date that never was (30 February) is left out: no client could read it.
        """
        parts = split_name(self.name)
        readable = parse_birth_date(self.birthdate).precision is not BirthDatePrecision.NONE
        claims = {
            "name": self.name,
            "family_name": parts.family_name,
            "middle_name": parts.middle_name,
            "given_name": parts.given_name,
            "gender": self.gender,
            "birthdate": self.birthdate if readable else None,
            "birthplace": self.birthplace,
            "phone_number": self.phone_number,
            "email": self.email,
            "vn_personal_id": self.personal_id,
        }
        return {claim: value for claim, value in claims.items() if value}


_OPTIONAL_TEXTS = (
    "gender",
    "birthplace",
    "personal_id",
    "tax_code",
    "social_insurance_number",
    "phone_on_file",
    "phone_number",
    "email",
)
_FIELDS = frozenset(field.name for field in fields(PivotIdentity))
