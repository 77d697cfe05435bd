"""Which name a client's certificate must bear: exactly one of the five members of RFC 8705 §2.1.2. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final

from cryptography import x509
from cryptography.x509 import (
    Certificate,
    DNSName,
    ExtensionNotFound,
    IPAddress,
    RFC822Name,
    SubjectAlternativeName,
    UniformResourceIdentifier,
)

from idp.protocol.client_members import CERTIFICATE_SUBJECTS
from idp.protocol.distinguished_names import is_same_name, parse_name

_LONGEST_CHARACTERS: Final = 1_000
_SUBJECT_DN: Final = "tls_client_auth_subject_dn"


@dataclass(frozen=True)
class CertificateSubject:
    """`member` is the name of the registration's member, `value` what it says."""

    member: str
    value: str


def subject_of(metadata: Mapping[str, Any]) -> CertificateSubject | None:
    """The one that is registered; None where there is none, or no single one."""
    found = [(member, metadata[member]) for member in CERTIFICATE_SUBJECTS if metadata.get(member) is not None]
    return CertificateSubject(*found[0]) if len(found) == 1 else None


def subject_faults(metadata: Mapping[str, Any]) -> list[str]:
    """What is wrong with the values; a name that can match nothing is found here and not at a login."""
    faults = []
    for member in CERTIFICATE_SUBJECTS:
        value = metadata.get(member)
        if value is None:
            continue
        if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_CHARACTERS or not value.isprintable():
            faults.append(f"{member}: must be one line of text")
        elif not _is_readable(member, value):
            faults.append(f"{member}: {_MUST_BE[member]}")
    return faults


def is_named_in(certificate: Certificate, subject: CertificateSubject) -> bool:
    """Whether the certificate bears that name. What in it cannot be read, it does not say."""
    try:
        if subject.member == _SUBJECT_DN:
            return is_same_name(certificate.subject, parse_name(subject.value))
        names = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value
    except (ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return False
    kind, is_same = _ALTERNATIVES[subject.member]
    return any(is_same(str(name), subject.value) for name in names.get_values_for_type(kind))


def _is_same_host(named: str, registered: str) -> bool:
    """Without case and without wildcards: a certificate for many names is nobody's in particular."""
    return named.isascii() and named.lower() == registered.lower()


def _is_same_text(named: str, registered: str) -> bool:
    return named == registered


def _is_same_address(named: str, registered: str) -> bool:
    try:
        return ip_address(named) == ip_address(registered)
    except ValueError:
        # The name may be a network, which is no host's.
        return False


_ALTERNATIVES: Final[
    Mapping[
        str,
        tuple[
            type[DNSName] | type[UniformResourceIdentifier] | type[IPAddress] | type[RFC822Name],
            Callable[[str, str], bool],
        ],
    ]
] = {
    "tls_client_auth_san_dns": (DNSName, _is_same_host),
    "tls_client_auth_san_uri": (UniformResourceIdentifier, _is_same_text),
    "tls_client_auth_san_ip": (IPAddress, _is_same_address),
    "tls_client_auth_san_email": (RFC822Name, _is_same_text),
}

_MUST_BE: Final[Mapping[str, str]] = {
    _SUBJECT_DN: "must be a distinguished name like CN=town-hall,O=Thanh pho,C=VN (RFC 4514, no space after commas)",
    "tls_client_auth_san_dns": "must be a host name in ASCII without wildcards",
    "tls_client_auth_san_uri": "must be a URI",
    "tls_client_auth_san_ip": "must be an IP address",
    "tls_client_auth_san_email": "must be an e-mail address",
}


def _is_readable(member: str, value: str) -> bool:
    match member.removeprefix("tls_client_auth_"):
        case "subject_dn":
            return _parses(parse_name, value)
        case "san_ip":
            return _parses(ip_address, value)
        case "san_dns":
            return value.isascii() and "*" not in value and not set(value) & set(" /:@")
        case "san_uri":
            return value.isascii() and " " not in value and bool(value.partition(":")[1])
    return value.isascii() and value.count("@") == 1 and " " not in value


def _parses(parse: Callable[[str], object], value: str) -> bool:
    try:
        parse(value)
    except ValueError:
        return False
    return True
