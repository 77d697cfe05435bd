"""The two families of refusals: those a program reads (OAuth codes), those a citizen reads (MC codes).

Owns codes, statuses and message keys. Knows neither HTTP libraries nor texts: the sentences are in the
catalogues, and the support catalogue `docs/errors.md` is generated from `CITIZEN_ERRORS`.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Final

# RFC 6749 §5.2: error_description is printable ASCII without `"` and `\`.
_DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]*")


class OAuthError(Exception):
    """A refusal told to a program. `error_description` is English, ASCII and public; the detail is logged."""

    error: ClassVar[str] = "server_error"
    status: ClassVar[int] = 400

    def __init__(self, error_description: str = "", *, private_detail: str = "") -> None:
        if not _DESCRIPTION.fullmatch(error_description):
            raise ValueError("error_description must be printable ASCII without quotes and backslashes")
        super().__init__(error_description)
        self.error_description = error_description
        self.private_detail = private_detail

    def __str__(self) -> str:
        return f"{self.error}: {self.error_description}" if self.error_description else self.error

    def as_dict(self) -> dict[str, str]:
        """The members of the JSON or redirect answer (RFC 6749 §4.1.2.1 and §5.2)."""
        if not self.error_description:
            return {"error": self.error}
        return {"error": self.error, "error_description": self.error_description}


class InvalidRequest(OAuthError):
    error = "invalid_request"


class InvalidClient(OAuthError):
    error = "invalid_client"
    status = 401


class InvalidGrant(OAuthError):
    error = "invalid_grant"


class UnauthorizedClient(OAuthError):
    error = "unauthorized_client"


class UnsupportedGrantType(OAuthError):
    error = "unsupported_grant_type"


class UnsupportedResponseType(OAuthError):
    error = "unsupported_response_type"


class InvalidScope(OAuthError):
    error = "invalid_scope"


class AccessDenied(OAuthError):
    error = "access_denied"


class ServerError(OAuthError):
    error = "server_error"
    status = 500


class TemporarilyUnavailable(OAuthError):
    error = "temporarily_unavailable"
    status = 503


class LoginRequired(OAuthError):
    error = "login_required"


class ConsentRequired(OAuthError):
    error = "consent_required"


class InteractionRequired(OAuthError):
    error = "interaction_required"


class AccountSelectionRequired(OAuthError):
    error = "account_selection_required"


class RequestNotSupported(OAuthError):
    error = "request_not_supported"


class RequestUriNotSupported(OAuthError):
    error = "request_uri_not_supported"


class RegistrationNotSupported(OAuthError):
    error = "registration_not_supported"


class InvalidRequestUri(OAuthError):
    error = "invalid_request_uri"


class InvalidRequestObject(OAuthError):
    error = "invalid_request_object"


class InvalidToken(OAuthError):
    """RFC 6750 §3.1."""

    error = "invalid_token"
    status = 401


class InsufficientScope(OAuthError):
    """RFC 6750 §3.1."""

    error = "insufficient_scope"
    status = 403


class UnmetAuthenticationRequirements(OAuthError):
    """The essential `acr` cannot be reached (OpenID Connect Unmet Authentication Requirements 1.0)."""

    error = "unmet_authentication_requirements"


class CitizenError(Exception):
    """A refusal told to a citizen: a stable code to read aloud, a page from the catalogue, a way on.

    `details` fill the placeholders of the text and are public. `private_detail` is for the log only and holds
    no personal data. `way_on` is an address the caller has validated, shown as the next step.
    """

    code: ClassVar[str]
    status: ClassVar[int] = 400
    message_key: ClassVar[str]
    placeholders: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        *,
        private_detail: str = "",
        details: Mapping[str, str | int] = MappingProxyType({}),
        way_on: str | None = None,
        way_on_label: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        missing = [name for name in self.placeholders if name not in details]
        if missing:
            raise ValueError(f"{type(self).__name__} needs details for {', '.join(missing)}")
        super().__init__(self.code)
        self.private_detail = private_detail
        self.details = MappingProxyType(dict(details))
        self.way_on = way_on
        self.way_on_label = way_on_label
        self.retry_after = retry_after

    def __str__(self) -> str:
        return f"{self.code} {self.message_key}"


class UnknownService(CitizenError):
    code, message_key = "MC-1101", "unknown_service"


class InvalidLoginRequest(CitizenError):
    code, message_key = "MC-1102", "invalid_login_request"


class ServiceSuspended(CitizenError):
    code, message_key, status = "MC-1103", "service_suspended", 403


class SessionExpired(CitizenError):
    code, message_key = "MC-1201", "session_expired"


class StaleForm(CitizenError):
    code, message_key, status = "MC-1202", "stale_form", 403


class OtherBrowser(CitizenError):
    code, message_key = "MC-1203", "other_browser"


class TooManyTries(CitizenError):
    """`phut`: minutes to wait."""

    code, message_key, status, placeholders = "MC-1204", "too_many_tries", 429, ("phut",)


class SourceUnavailable(CitizenError):
    """`nguon`: the source's name."""

    code, message_key, status, placeholders = "MC-1301", "source_unavailable", 503, ("nguon",)


class SourceAnswerRefused(CitizenError):
    """`nguon`: the source's name. Its answer did not pass our checks; why is in the log only."""

    code, message_key, status, placeholders = "MC-1302", "source_answer_refused", 502, ("nguon",)


class SourceNotAllowed(CitizenError):
    code, message_key, status = "MC-1303", "source_not_allowed", 403


class MinorRefused(CitizenError):
    """`tuoi`: the age from which this service is open."""

    code, message_key, status, placeholders = "MC-1401", "minor_refused", 403, ("tuoi",)


class DeceasedRefused(CitizenError):
    code, message_key, status = "MC-1402", "deceased_refused", 403


class PersonBlocked(CitizenError):
    code, message_key, status = "MC-1403", "person_blocked", 403


class AccessRefused(CitizenError):
    code, message_key, status = "MC-1404", "access_refused", 403


class NumberDisabled(CitizenError):
    """One-time codes are disabled for what the citizen typed; they themselves are not blocked."""

    code, message_key, status = "MC-1405", "number_disabled", 403


class LinkFrozenRefused(CitizenError):
    """`nguon`: the source's name. The owner stopped this way in; the others stay open."""

    code, message_key, status, placeholders = "MC-1406", "link_frozen", 403, ("nguon",)


class LinkDisputedRefused(CitizenError):
    """`nguon`: the source's name. Somebody looks into whose record it is."""

    code, message_key, status, placeholders = "MC-1407", "link_disputed", 403, ("nguon",)


class SourceBlockedRefused(CitizenError):
    """`nguon`: the source's name. The owner does not want to be known through it."""

    code, message_key, status, placeholders = "MC-1408", "source_blocked", 403, ("nguon",)


class AccountLockedRefused(CitizenError):
    """`gio`, `ngay`: since when."""

    code, message_key, status, placeholders = "MC-1409", "account_locked", 403, ("gio", "ngay")


class MalformedRequestRefused(CitizenError):
    code, message_key = "MC-1501", "malformed_request"


class PageNotFound(CitizenError):
    code, message_key, status = "MC-1502", "not_found", 404


class MethodNotAllowed(CitizenError):
    code, message_key, status = "MC-1503", "method_not_allowed", 405


class RequestTooLargeRefused(CitizenError):
    code, message_key, status = "MC-1504", "too_large", 413


class InternalFailure(CitizenError):
    code, message_key, status = "MC-1601", "internal", 500


class StorageUnavailable(CitizenError):
    code, message_key, status = "MC-1602", "storage_unavailable", 503


class Overloaded(CitizenError):
    code, message_key, status = "MC-1603", "overloaded", 503


CITIZEN_ERRORS: Final[tuple[type[CitizenError], ...]] = tuple(CitizenError.__subclasses__())
"""Every one above, in the order of this file."""
