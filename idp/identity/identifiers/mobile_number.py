"""A mobile number as an identifier. The numbering plan is `mobile_otp.numbers`; its holder nobody knows here."""

from dataclasses import dataclass

from idp.identity.identifiers.kinds import IdentifierKind, InvalidIdentifier
from mobile_otp.numbers import InvalidMobileNumber, parse_mobile_number

_KIND = IdentifierKind.MOBILE_NUMBER


@dataclass(frozen=True, repr=False)
class MobileNumberIdentifier:
    canonical: str
    """E.164: `+84` and nine digits."""
    masked: str

    @property
    def kind(self) -> IdentifierKind:
        return _KIND

    def __repr__(self) -> str:
        return f"MobileNumberIdentifier({self.masked})"


def parse_mobile_number_identifier(text: str, *, allow_sandbox: bool) -> MobileNumberIdentifier:
    """Raises `InvalidIdentifier` with the reason of the numbering plan."""
    try:
        number = parse_mobile_number(text, allow_sandbox=allow_sandbox)
    except InvalidMobileNumber as refusal:
        raise InvalidIdentifier(_KIND, refusal.reason) from None
    return MobileNumberIdentifier(canonical=number.e164, masked=number.masked)
