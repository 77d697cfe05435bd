"""What a service is told whose request cannot be taken (CIBA Core 13)."""

from idp.errors import OAuthError


class InvalidBindingMessage(OAuthError):
    """The message cannot be shown, or says what nobody may write to a citizen."""

    error = "invalid_binding_message"


class RequestsExhausted(OAuthError):
    """This service has asked often enough for now, whomever it asks."""

    error = "access_denied"
    status = 403
