"""A service registers itself (RFC 7591, OpenID Connect Registration): for a sandbox, where nobody has to be asked.

Owns the request and what may be believed of its answer. The answer holds secrets, which stay out of `repr`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from relying_party_sdk.claims import number, optional_text
from relying_party_sdk.compact import CompactRefused, parse_object
from relying_party_sdk.errors import ClientRefused, ConfigurationError, ProviderMetadataInvalid, TokenAnswerInvalid
from relying_party_sdk.http_exchange import HttpExchange
from relying_party_sdk.metadata import ProviderMetadata, is_secure_url

_REASONS = (
    "invalid_redirect_uri",
    "invalid_client_metadata",
    "invalid_software_statement",
    "unapproved_software_statement",
)


@dataclass(frozen=True)
class RegisteredService:
    """What the provider gave; `metadata` is the whole registration as the provider keeps it."""

    client_id: str
    client_secret: str | None = field(repr=False)
    client_secret_expires_at: int | None
    registration_client_uri: str | None
    registration_access_token: str | None = field(repr=False)
    metadata: Mapping[str, object] = field(repr=False)


def register_service(
    provider: ProviderMetadata,
    asked: Mapping[str, object],
    exchange: HttpExchange,
    *,
    initial_access_token: str | None = None,
) -> RegisteredService:
    """The service's registration (RFC 7591 §3); `asked` is client metadata such as `redirect_uris`.

    Raises `ConfigurationError` with the provider's reason, `ClientRefused` where it wants an initial access token.
    """
    endpoint = provider.registration_endpoint
    if endpoint is None:
        raise ProviderMetadataInvalid("`registration_endpoint` is missing: the provider registers services by hand")
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    if initial_access_token is not None:
        headers["Authorization"] = f"Bearer {initial_access_token}"
    answer = exchange.send("POST", endpoint, headers=headers, content=json.dumps(asked).encode())
    if answer.status in (401, 403):
        raise ClientRefused("registration needs an initial access token")
    told = _object(answer.body)
    # RFC 7591 §3.2.1 says 201; some providers answer 200.
    if answer.status not in (200, 201):
        reason = told.get("error")
        raise ConfigurationError(
            f"the provider refused the registration: {reason if reason in _REASONS else 'unknown'}"
        )
    return read_registration(told, asked)


def read_registration(told: Mapping[str, object], asked: Mapping[str, object]) -> RegisteredService:
    """The answer by type, and only one that kept to what was asked (RFC 7591 §3.2.1); raises `TokenAnswerInvalid`."""
    client_id = optional_text(told, "client_id")
    if client_id is None:
        raise TokenAnswerInvalid("the registration has no `client_id`")
    check_kept(told, asked)
    management = optional_text(told, "registration_client_uri")
    if management is not None and not is_secure_url(management):
        raise TokenAnswerInvalid("`registration_client_uri` is not an https URL")
    expires_at = number(told, "client_secret_expires_at")
    return RegisteredService(
        client_id=client_id,
        client_secret=optional_text(told, "client_secret"),
        # 0 is never (RFC 7591 §3.2.1).
        client_secret_expires_at=int(expires_at) if expires_at else None,
        registration_client_uri=management,
        registration_access_token=optional_text(told, "registration_access_token"),
        metadata=told,
    )


def check_kept(told: Mapping[str, object], asked: Mapping[str, object]) -> None:
    """A provider may change what was asked (RFC 7591 §2), but not where its answers go. What answers must be signed
    with stays in the service's own settings, whatever is told here."""
    if "redirect_uris" in asked and told.get("redirect_uris", asked["redirect_uris"]) != asked["redirect_uris"]:
        raise TokenAnswerInvalid("the provider registered other `redirect_uris` than were asked")


def _object(body: bytes) -> Mapping[str, object]:
    try:
        return parse_object(body, "not_json")
    except CompactRefused as error:
        raise TokenAnswerInvalid("the answer to the registration is not a JSON object") from error
