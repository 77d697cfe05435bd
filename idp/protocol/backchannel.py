"""What a registration says of backchannel authentication (OpenID Connect CIBA Core 1.0 §4), and what is wrong with it.

Poll and ping are offered, push is not: it would bring tokens to an address instead of to a client that proves itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from idp.protocol.client_members import CIBA, SIGNING_ALGORITHMS
from idp.protocol.profiles import Profile, implied_by, profile_of
from idp.protocol.redirect_uris import fault_of


class DeliveryMode(StrEnum):
    POLL = "poll"
    PING = "ping"


@dataclass(frozen=True, kw_only=True)
class BackchannelAuthentication:
    """`notification_endpoint` is set in ping mode, `request_signing_alg` where every request must be signed."""

    delivery_mode: DeliveryMode
    notification_endpoint: str | None = None
    request_signing_alg: str | None = None


_MODE: Final = "backchannel_token_delivery_mode"
_ENDPOINT: Final = "backchannel_client_notification_endpoint"
_SIGNING: Final = "backchannel_authentication_request_signing_alg"
_SIGNS_ALL: Final = "require_signed_request_object"
_USER_CODE: Final = "backchannel_user_code_parameter"


def backchannel_of(metadata: Mapping[str, Any]) -> BackchannelAuthentication | None:
    """Of a registration without faults; None for a client that is not registered for it."""
    if CIBA not in metadata.get("grant_types", ()):
        return None
    return BackchannelAuthentication(
        delivery_mode=DeliveryMode(metadata[_MODE]),
        notification_endpoint=metadata.get(_ENDPOINT),
        request_signing_alg=metadata.get(_SIGNING),
    )


def check_backchannel(metadata: Mapping[str, Any]) -> list[str]:
    named = [name for name in (_MODE, _ENDPOINT, _SIGNING) if metadata.get(name) is not None]
    grant_types = metadata.get("grant_types", [])
    if not isinstance(grant_types, list) or CIBA not in grant_types:
        return [f"{name}: is for a client with the grant type {CIBA}" for name in named]
    faults = []
    mode, endpoint = metadata.get(_MODE), metadata.get(_ENDPOINT)
    if mode not in tuple(DeliveryMode):
        faults.append(f"{_MODE}: must be one of {', '.join(DeliveryMode)}")
    if mode == DeliveryMode.PING and endpoint is None:
        faults.append(f"{_ENDPOINT}: missing; it is where a client in ping mode is told")
    if endpoint is not None and (not isinstance(endpoint, str) or fault_of(endpoint)):
        faults.append(f"{_ENDPOINT}: must be an https:// address")
    if metadata.get(_SIGNING) not in (None, *SIGNING_ALGORITHMS):
        faults.append(f"{_SIGNING}: must be one of {', '.join(SIGNING_ALGORITHMS)}")
    profile = profile_of(metadata) or Profile.OPENID
    if {**implied_by(profile, metadata), **metadata}.get(_SIGNS_ALL) and metadata.get(_SIGNING) is None:
        # Who must sign what a browser brings does not ask unsigned behind its back.
        faults.append(f"{_SIGNING}: missing; {_SIGNS_ALL} is true")
    if metadata.get(_USER_CODE) not in (None, False):
        faults.append(f"{_USER_CODE}: must be false; nobody has such a code here")
    return faults
