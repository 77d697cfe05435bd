"""What can be encrypted, for clients and for us (OpenID Connect Discovery 3, JARM 4, RFC 9101 §10.5)."""

from typing import Any

from idp.protocol.client_members import CONTENT_ENCRYPTION, KEY_MANAGEMENT


def encryption_metadata() -> dict[str, Any]:
    members: dict[str, Any] = {}
    for kind in ("id_token", "userinfo", "authorization", "introspection", "request_object"):
        members[f"{kind}_encryption_alg_values_supported"] = list(KEY_MANAGEMENT)
        members[f"{kind}_encryption_enc_values_supported"] = list(CONTENT_ENCRYPTION)
    return members
