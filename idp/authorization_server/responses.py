"""The answer to the service: always at its validated redirect URI, always with `iss` (RFC 9207). Pure."""

from idp.errors import AccessDenied, OAuthError
from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.redirect_uris import with_parameters


def code_answer(request: AuthorizationRequest, *, code: str, issuer: str) -> str:
    """The URL that hands over a code."""
    return _answer(request, {"code": code}, issuer)


def error_answer(request: AuthorizationRequest, error: OAuthError, *, issuer: str) -> str:
    """The URL that hands over a refusal (RFC 6749 §4.1.2.1)."""
    return _answer(request, error.as_dict(), issuer)


def access_denied_url(request: AuthorizationRequest, *, issuer: str) -> str:
    """What the service learns when the person refuses: that, and nothing else."""
    return error_answer(request, AccessDenied("the person refused"), issuer=issuer)


def _answer(request: AuthorizationRequest, parameters: dict[str, str], issuer: str) -> str:
    if request.state is not None:
        parameters = {**parameters, "state": request.state}
    return with_parameters(request.redirect_uri, {**parameters, "iss": issuer})
