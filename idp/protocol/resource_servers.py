"""Who takes access tokens: the registered resource servers, and what may be asked of them. Pure.

A service reaches those that its registration lists in `allowed_resources`, and asks for the types that it lists in
`authorization_details_types`; one without the other opens nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from idp.errors import OAuthError
from idp.protocol.authorization_details import Detail
from idp.protocol.client import Client
from idp.protocol.detail_types import DetailType


class InvalidTarget(OAuthError):
    """RFC 8707 §2."""

    error = "invalid_target"


@dataclass(frozen=True, kw_only=True)
class ResourceServers:
    """`by_resource` holds disabled ones, too. `userinfo` names our own endpoint, which every login covers."""

    by_resource: Mapping[str, Client] = field(default_factory=dict)
    detail_types: Mapping[str, DetailType] = field(default_factory=dict)
    userinfo: str = ""

    def open_to(self, client: Client, resource: str) -> Client | None:
        """The resource server, where it is in use and this client may have tokens for it."""
        server = self.by_resource.get(resource)
        if server is None or server.disabled or resource not in client.allowed_resources:
            return None
        return server

    def types_for(self, client: Client) -> Mapping[str, DetailType]:
        """The types this client may ask for today, each at a resource server that is open to it."""
        return {
            name: known
            for name, known in self.detail_types.items()
            if name in client.authorization_details_types and self.open_to(client, known.resource) is not None
        }

    def resources_of(self, details: Iterable[Detail]) -> tuple[str, ...]:
        """Where they count; asking for one asks for a token to use it with."""
        known = (self.detail_types.get(detail["type"]) for detail in details)
        return tuple(dict.fromkeys(found.resource for found in known if found is not None))

    def details_at(self, resource: str, details: Iterable[Detail]) -> tuple[Detail, ...]:
        """Those that one resource server is told of: its own (RFC 9396 §9)."""
        return tuple(detail for detail in details if self.resources_of((detail,)) == (resource,))

    def lasting(self, details: Iterable[Detail]) -> tuple[Detail, ...]:
        """Those of known types that are good for more than one access token."""
        known = ((detail, self.detail_types.get(detail["type"])) for detail in details)
        return tuple(detail for detail, found in known if found is not None and not found.once)


NO_RESOURCE_SERVERS: Final = ResourceServers()


def by_resource(registered: Iterable[Client]) -> Mapping[str, Client]:
    """A name that two claim is nobody's: a token must never reach the wrong one."""
    found: dict[str, Client] = {}
    twice: set[str] = set()
    for client in registered:
        if client.resource is None:
            continue
        if client.resource in found:
            twice.add(client.resource)
        found[client.resource] = client
    return {resource: client for resource, client in found.items() if resource not in twice}
