"""The receipt of a consent: a record a person can keep and show, signed, in the fields of ISO/IEC TS 27560.

Holds the names of claims and none of their values: it proves what was agreed, and tells a finder nothing.
"""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from idp.portals.citizen.consents import Consent
from idp.protocol.client import Client, LegalBasis, in_locale

TYP: Final = "consent-receipt+jwt"
MEDIA_TYPE: Final = f"application/{TYP}"
_LAW: Final = "91/2025/QH15"


def receipt(
    consent: Consent, client: Client | None, *, issuer: str, sub: str, locale: str, now: int
) -> Mapping[str, Any]:
    """`sub` is the person's identifier at their own portal: no service knows it."""
    return {
        "iss": issuer,
        "sub": sub,
        "iat": now,
        "jti": consent.id,
        "receipt_metadata": {
            "schema_version": "ISO/IEC TS 27560:2023",
            "record_id": consent.id,
            "jurisdiction": "VN",
            "governing_law": _LAW,
        },
        "pii_controller": {
            "client_id": consent.client_id,
            "name": client.name_in(locale) if client else consent.client_id,
            "organisation": client.organisation_in(locale) if client else "",
            "uri": (client.client_uri if client else None) or "",
        },
        "purpose": in_locale(client.purpose, locale) if client else "",
        "lawful_basis": consent.legal_basis.value,
        "legal_citation": _citation(consent, client, locale),
        "scope": list(consent.scope),
        "pii_requested": list(consent.offered),
        "pii_shared": list(consent.released),
        "resources": list(consent.resources),
        "authorization_details": [dict(detail) for detail in consent.details],
        "notice": {
            "version": consent.text_version,
            "language": consent.locale,
            "sha256": base64.urlsafe_b64encode(consent.text_hash).rstrip(b"=").decode(),
        },
        "event": {
            "state": "given" if consent.withdrawn_at is None else "ended",
            "given_at": _iso(consent.granted_at),
            "ended_at": None if consent.withdrawn_at is None else _iso(consent.withdrawn_at),
        },
    }


def _citation(consent: Consent, client: Client | None, locale: str) -> str:
    if client is None or consent.legal_basis is not LegalBasis.LAW:
        return ""
    return in_locale(client.legal_citation, locale)


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
