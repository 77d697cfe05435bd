"""What is wrong with the part of a registration that is about certificates (RFC 8705 §2.1.2, §2.2.2, §3.4)."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from idp.protocol.certificate_subjects import subject_faults
from idp.protocol.client_members import CERTIFICATE_MEMBERS, CERTIFICATE_METHODS, CERTIFICATE_SUBJECTS


def check_certificates(metadata: Mapping[str, Any]) -> list[str]:
    method = metadata.get("token_endpoint_auth_method")
    subjects = [member for member in CERTIFICATE_SUBJECTS if metadata.get(member) is not None]
    faults = subject_faults(metadata)
    if method == "tls_client_auth" and len(subjects) != 1:
        faults.append(f"tls_client_auth: needs exactly one of {', '.join(CERTIFICATE_SUBJECTS)}")
    if method != "tls_client_auth":
        faults += [f"{member}: is for the method tls_client_auth" for member in subjects]
    if method == "self_signed_tls_client_auth":
        faults += _faults_of_keys(metadata)
    if metadata.get("tls_client_certificate_bound_access_tokens") and metadata.get("dpop_bound_access_tokens"):
        faults.append("tls_client_certificate_bound_access_tokens: a token is bound to a certificate or to a key")
    return faults


def faults_where_off(metadata: Mapping[str, Any]) -> list[str]:
    """Of an installation whose proxy tells no certificates: nothing may rest on one."""
    named = [member for member in CERTIFICATE_MEMBERS if metadata.get(member)]
    if metadata.get("token_endpoint_auth_method") in CERTIFICATE_METHODS:
        named.append("token_endpoint_auth_method")
    return [f"{member}: client certificates are off; see the setting client_certificates" for member in named]


def _faults_of_keys(metadata: Mapping[str, Any]) -> list[str]:
    if metadata.get("jwks_uri") is not None:
        return []
    jwks = metadata.get("jwks")
    keys = jwks.get("keys") if isinstance(jwks, Mapping) else None
    listed = keys if isinstance(keys, list) else []
    if not any(_has_certificate(key) for key in listed):
        return ["jwks: missing; self_signed_tls_client_auth needs keys with their certificate in x5c, or a jwks_uri"]
    return []


def _has_certificate(key: object) -> bool:
    chain = key.get("x5c") if isinstance(key, Mapping) else None
    if not isinstance(chain, list) or not chain or not isinstance(chain[0], str):
        return False
    try:
        return bool(base64.b64decode(chain[0], validate=True))
    except binascii.Error:
        return False
