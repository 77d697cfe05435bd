"""One door for every kind: the citizen chose the source, so the kind is known and never guessed."""

from datetime import date

from idp.identity.identifiers.kinds import Identifier, IdentifierKind
from idp.identity.identifiers.mobile_number import parse_mobile_number_identifier
from idp.identity.identifiers.personal_id import parse_personal_id
from idp.identity.identifiers.social_insurance_number import parse_social_insurance_number
from idp.identity.identifiers.tax_code import parse_tax_code


def parse_identifier(kind: IdentifierKind, text: str, *, today: date, allow_sandbox: bool = False) -> Identifier:
    """Raises `InvalidIdentifier`. A tax code or insurance number of twelve digits comes back as the personal ID it is.

    `allow_sandbox` admits the mobile numbers nobody can hold.
    """
    match kind:
        case IdentifierKind.TAX_CODE:
            return parse_tax_code(text, today=today)
        case IdentifierKind.SOCIAL_INSURANCE_NUMBER:
            return parse_social_insurance_number(text, today=today)
        case IdentifierKind.PERSONAL_ID:
            return parse_personal_id(text, today=today)
        case IdentifierKind.MOBILE_NUMBER:
            return parse_mobile_number_identifier(text, allow_sandbox=allow_sandbox)
