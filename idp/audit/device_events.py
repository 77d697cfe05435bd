"""Events of device authorization (RFC 8628) that no other request decided elsewhere has."""

from dataclasses import dataclass

from idp.audit.events import AuditEvent


@dataclass(frozen=True, kw_only=True)
class DeviceRequestNotFound(AuditEvent):
    """Somebody typed what no waiting device shows: a slip, or a guess."""

    name = "device_request.not_found"
