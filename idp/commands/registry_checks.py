"""What `motcua doctor` checks in the registry: services, signing keys, and whether the two fit."""

from collections.abc import Collection, Sequence

from idp.commands.findings import Finding, fault, ok, warning
from idp.protocol.client import Client
from idp.protocol.client_members import SECRET_METHODS
from idp.protocol.client_metadata import InvalidClientMetadata, parse_client
from idp.storage.registered import RegisteredClient
from keys.algorithms import DecryptionAlgorithm
from keys.held_key import KeyState
from keys.key_ring import KeyRing

_OLD_KEY_SECONDS = 180 * 24 * 3600
_SIGNED_BY_US = (
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "authorization_signed_response_alg",
    "access_token_signed_response_alg",
    "introspection_signed_response_alg",
)


def clients(
    registered: Sequence[RegisteredClient],
    *,
    source_ids: Collection[str],
    is_sandbox: bool,
    accepts_certificates: bool = False,
) -> list[Finding]:
    """Each service whose metadata no longer passes the checks, or names a source that is not there."""
    findings = []
    for stored in registered:
        subject = f"client {stored.client_id}"
        try:
            client = _parsed(stored, is_sandbox=is_sandbox, accepts_certificates=accepts_certificates)
        except InvalidClientMetadata as error:
            advice = "it is treated as unknown; correct its file and run `motcua client import`"
            findings.append(fault(subject, "; ".join(error.faults), advice))
            continue
        findings += _faults_of(subject, client, source_ids)
    if not registered:
        return [warning("clients", "none is registered", "`motcua client add FILE`; see docs/operator.md")]
    return findings or [ok("clients", f"{len(registered)} registered, all well")]


def signing_keys(ring: KeyRing, *, needed: Collection[str], now: int) -> list[Finding]:
    """An active and a waiting key for every algorithm that a service asked for; none of them old."""
    if not ring.keys:
        return [fault("signing keys", "there are none", "`motcua migrate` makes them")]
    findings = []
    for alg in sorted(needed):
        states = {key.state: key for key in ring.keys if key.alg.value == alg}
        active = states.get(KeyState.ACTIVE)
        if active is None:
            findings.append(fault("signing keys", f"no active {alg} key", "`motcua migrate` makes missing ones"))
        elif active.activated_at is not None and now - active.activated_at > _OLD_KEY_SECONDS:
            days = (now - active.activated_at) // 86400
            findings.append(
                warning("signing keys", f"{alg} has the same key in use for {days} days", "`motcua keys rotate`")
            )
    return findings or [ok("signing keys", f"{len(ring.keys)} keys, one active for {', '.join(sorted(needed))}")]


def algorithms_needed(registered: Sequence[RegisteredClient]) -> set[str]:
    """What tokens are signed with unless a service wants another, and what any service may encrypt for us with."""
    needed = {"ES256", *(alg.value for alg in DecryptionAlgorithm)}
    for stored in registered:
        for name in _SIGNED_BY_US:
            if isinstance(alg := stored.metadata.get(name), str):
                needed.add(alg)
    return needed


def _faults_of(subject: str, client: Client, source_ids: Collection[str]) -> list[Finding]:
    unknown = (client.allowed_sources or frozenset()) - set(source_ids)
    findings = []
    if unknown:
        advice = "correct allowed_sources, or add them with `motcua source add`"
        findings.append(fault(subject, f"allows sources that do not exist: {', '.join(sorted(unknown))}", advice))
    if client.token_endpoint_auth_method in SECRET_METHODS and client.client_secret_hash is None:
        advice = f"`motcua client rotate-secret {client.client_id}`"
        findings.append(fault(subject, "has no secret and cannot authenticate", advice))
    return findings


def _parsed(stored: RegisteredClient, *, is_sandbox: bool, accepts_certificates: bool) -> Client:
    return parse_client(
        stored.client_id,
        stored.metadata,
        sector=stored.sector,
        client_secret_hash=stored.client_secret_hash,
        is_sandbox=is_sandbox,
        accepts_certificates=accepts_certificates,
    )
