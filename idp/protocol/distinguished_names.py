"""Names of certificate subjects: read as RFC 4514 writes them, compared as RFC 4517 compares them. Pure.

Two spellings of one name are one name; two names that only look alike are two.
"""

import re
import unicodedata
from typing import Final

from cryptography.x509 import Name, NameAttribute, NameOID, ObjectIdentifier, RelativeDistinguishedName

_LONGEST_CHARACTERS: Final = 1_000
# Beside the nine of RFC 4514 §3, what common tools print. Names of attributes have no case.
_NAMES: Final = {
    "CN": NameOID.COMMON_NAME,
    "L": NameOID.LOCALITY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "C": NameOID.COUNTRY_NAME,
    "STREET": NameOID.STREET_ADDRESS,
    "DC": NameOID.DOMAIN_COMPONENT,
    "UID": NameOID.USER_ID,
    "emailAddress": NameOID.EMAIL_ADDRESS,
    "serialNumber": NameOID.SERIAL_NUMBER,
    "organizationIdentifier": NameOID.ORGANIZATION_IDENTIFIER,
    "businessCategory": NameOID.BUSINESS_CATEGORY,
    "SN": NameOID.SURNAME,
    "GN": NameOID.GIVEN_NAME,
    "title": NameOID.TITLE,
}
_SPELLINGS: Final = {spelling: oid for name, oid in _NAMES.items() for spelling in (name, name.lower(), name.upper())}
# `#` begins a value in hexadecimal BER, which the library would take for text.
_IN_HEXADECIMAL: Final = re.compile(r"(?<!\\)=#")
_SPACES: Final = re.compile(r" +")


def parse_name(text: str) -> Name:
    """Raises ValueError: not RFC 4514, an attribute that nobody here knows, or a name of nothing."""
    if len(text) > _LONGEST_CHARACTERS or not text.isprintable() or _IN_HEXADECIMAL.search(text):
        raise ValueError("not a distinguished name")
    name = Name.from_rfc4514_string(text, attr_name_overrides=_SPELLINGS)
    # A subject of nothing is that of every certificate whose names are elsewhere.
    if not name.rdns:
        raise ValueError("a distinguished name of nothing")
    return name


def is_same_name(one: Name, other: Name) -> bool:
    """distinguishedNameMatch (RFC 4517 §4.2.15): as many parts, in the same order, each with the same attributes."""
    if len(one.rdns) != len(other.rdns):
        return False
    return all(_prepared(mine) == _prepared(theirs) for mine, theirs in zip(one.rdns, other.rdns, strict=True))


def _prepared(attributes: RelativeDistinguishedName) -> frozenset[tuple[ObjectIdentifier, str | bytes]]:
    return frozenset((attribute.oid, _value_of(attribute)) for attribute in attributes)


def _value_of(attribute: NameAttribute[str | bytes]) -> str | bytes:
    """caseIgnoreMatch (RFC 4517 §4.2.11) over strings prepared by RFC 4518: composed, folded, spaces made one."""
    value = attribute.value
    if isinstance(value, bytes):
        return value
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value).casefold())
    return _SPACES.sub(" ", folded).strip(" ")
