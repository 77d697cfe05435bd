"""What `motcua doctor` checks of resource servers: that each name is one's own, and that nothing points at nobody."""

from collections import Counter
from collections.abc import Mapping, Sequence

from idp.authorization_server.detail_types_file import read_detail_types
from idp.commands.findings import Finding, fault, ok, warning
from idp.protocol.detail_types import DetailType
from idp.settings import ConfigurationError, Settings
from idp.storage.registered import RegisteredClient

_FILE = "authorization_details_types"


def resources(settings: Settings, registered: Sequence[RegisteredClient]) -> list[Finding]:
    """Nothing to say where nobody uses any of it."""
    try:
        types = read_detail_types(settings.authorization_details_types)
    except ConfigurationError as error:
        return [fault(_FILE, line, "docs/resources.md explains every member") for line in str(error).splitlines()]
    names = Counter(
        str(stored.metadata["resource"]) for stored in registered if stored.metadata.get("resource") is not None
    )
    findings = [
        fault(f"resource {name}", f"{count} clients claim it, so it is nobody's", "leave it to one of them")
        for name, count in names.items()
        if count > 1
    ]
    findings += [
        warning(f"{_FILE} {known.type}", f"counts at {known.resource}, which nobody is registered for", _REGISTER)
        for known in types.values()
        if known.resource not in names
    ]
    findings += [finding for stored in registered for finding in _of_client(stored, names, types)]
    if findings or not (names or types):
        return findings
    return [ok("resources", f"{len(names)} resource servers, {len(types)} types of authorization_details")]


_REGISTER = "register the resource server: `motcua client add FILE`, with `resource`"


def _of_client(stored: RegisteredClient, names: Mapping[str, int], types: Mapping[str, DetailType]) -> list[Finding]:
    allowed, wanted = stored.metadata.get("allowed_resources"), stored.metadata.get("authorization_details_types")
    subject, findings = f"client {stored.client_id}", []
    reached = set(allowed) if isinstance(allowed, list) else set()
    asks_for = set(wanted) if isinstance(wanted, list) else set()
    if unknown := sorted(reached - names.keys()):
        findings.append(warning(subject, f"may use {', '.join(unknown)}, which nobody is registered for", _REGISTER))
    if unknown := sorted(asks_for - types.keys()):
        findings.append(warning(subject, f"may ask for {', '.join(unknown)}, of which no type is", f"see {_FILE}"))
    if out_of_reach := sorted(name for name in asks_for & types.keys() if types[name].resource not in reached):
        advice = "add the resource of each to its allowed_resources"
        findings.append(warning(subject, f"may ask for {', '.join(out_of_reach)} where it may not go", advice))
    return findings
