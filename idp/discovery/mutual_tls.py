"""What discovery says of mutual TLS (RFC 8705 §3.3 and §5), where the proxy tells certificates. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from idp.settings import Settings

# Where a program authenticates or shows a token; a browser must not be asked for certificates.
_ALIASED: Final = (
    "token_endpoint",
    "userinfo_endpoint",
    "pushed_authorization_request_endpoint",
    "introspection_endpoint",
    "revocation_endpoint",
    "device_authorization_endpoint",
    "backchannel_authentication_endpoint",
)


def mutual_tls_metadata(settings: Settings, document: Mapping[str, Any]) -> dict[str, Any]:
    """The members to add to `document`, which already names every endpoint that there is."""
    if not settings.accepts_certificates:
        return {}
    told: dict[str, Any] = {"tls_client_certificate_bound_access_tokens": True}
    if settings.mtls_origin is not None:
        told["mtls_endpoint_aliases"] = {
            name: settings.mtls_origin + document[name].removeprefix(settings.issuer)
            for name in _ALIASED
            if name in document
        }
    return told
