"""A request by an authenticated client: read, rate-limited, checked; the same for every endpoint that needs one.

Whatever the endpoint then writes goes through `commit_for` or `note_refusal`: both use the client's assertion up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from starlette.requests import Request

from idp.audit.events import AuditEvent, ClientAuthenticationFailed, ClientCertificateIgnored
from idp.audit.log import audit_entry
from idp.authorization_server.client_assertion import SignatureDoesNotFit, UsedAssertion
from idp.authorization_server.client_authentication import by_certificate, check_client
from idp.authorization_server.client_certificate import (
    ClientCertificate,
    Disbelieved,
    UnknownCertificate,
    presented_certificate,
)
from idp.authorization_server.client_keys import KeysUnavailable
from idp.authorization_server.credentials import PresentedCredentials, read_credentials
from idp.authorization_server.dpop import InvalidDpopProof, Proof, ProofReplayed
from idp.authorization_server.failure_throttle import TooManyFailures
from idp.authorization_server.sender_constraint import SenderConstraint
from idp.errors import InvalidClient, InvalidRequest, OAuthError
from idp.protocol.client import Client
from idp.protocol.client_members import PUBLIC_METHOD
from idp.protocol.resource_uris import RESOURCE
from idp.services import Services
from idp.settings import Settings
from idp.storage.database import Insert, IntegrityConflict, Row, Statement, Write
from idp.storage.vault import token_hash
from idp.web.addresses import network_of
from idp.web.forms import EdgeError, read_form


@dataclass(frozen=True, kw_only=True)
class ClientRequest:
    """`used` must be written with the outcome, whatever it is: an assertion works once, even for a refusal."""

    client: Client
    form: Mapping[str, str]
    used: tuple[Insert, ...]
    proof: Proof | None = None
    certificate: ClientCertificate | None = None
    noticed: tuple[Insert, ...] = ()
    """Audit entries of things seen on the way, written with a good outcome; a refusal says enough by itself."""
    caller: str = ""
    """The client and the network it calls from, as failures are counted."""

    @property
    def sender(self) -> SenderConstraint | None:
        """What the tokens it gets are bound to."""
        if self.proof is not None:
            return self.proof.sender
        if self.certificate is not None and self.client.tls_client_certificate_bound_access_tokens:
            return self.certificate.sender
        return None

    def with_proof(self, proof: Proof | None) -> "ClientRequest":
        """The same by a caller who proved a key (RFC 9449); the proof, too, works once. Raises InvalidDpopProof."""
        if proof is not None and self.client.tls_client_certificate_bound_access_tokens:
            raise InvalidDpopProof("tokens of this client are bound to its certificate")
        return self if proof is None else replace(self, proof=proof, used=(*self.used, proof.remembered()))


_CREDENTIALS = frozenset({"client_id", "client_secret", "client_assertion"})


# Where a resource may be asked for, and more than one (RFC 8707 §2).
_NAMING_RESOURCES = frozenset({"/par", "/token", "/device_authorization"})


class AssertionReplayed(InvalidClient):
    """Its `jti` was there before: the request gains nothing, and there is nothing left to use up."""


async def read_client_request(
    services: Services, request: Request, *, endpoint: str, now: int, admits_public: bool = False
) -> ClientRequest:
    """Raises InvalidRequest, InvalidClient. `admits_public` where a client without credentials has business, too."""
    network = network_of(request.client.host if request.client else "")
    try:
        form, credentials = await _read(request, endpoint)
    except OAuthError:
        # Nobody is named yet: counted by network, and told until that is full.
        nameless = f"|{network}"
        services.failures.check(nameless, now=now)
        services.failures.note(nameless, now=now)
        raise
    client = await services.configuration.client(credentials.client_id)
    throttle_key = f"{credentials.client_id}|{network}"
    is_admitted = admits_public and client is not None and client.is_public and not client.disabled
    if not is_admitted or credentials.method != PUBLIC_METHOD:
        # Who proves nothing guesses nothing: strangers' guesses must not keep a public client's people out. Where it
        # has no business, nobody of its people comes.
        services.failures.check(throttle_key, now=now)
    certificate = presented_certificate(services.settings, request, now=now)
    try:
        used = await _check(services, client, credentials, certificate, endpoint=endpoint, now=now)
        if client is None or (client.is_public and not admits_public):
            raise InvalidClient("client authentication failed", private_detail="public_client")
        believed, noticed = _believed(client, certificate, now=now)
    except InvalidClient:
        services.failures.note(throttle_key, now=now)
        raise
    # What was sent without a value counts as absent (RFC 6749 §3.2).
    sent = {name: value for name, value in form.items() if value}
    return ClientRequest(
        client=client,
        form=sent,
        used=(_remember(used),) if used else (),
        certificate=believed,
        noticed=noticed,
        caller=throttle_key,
    )


async def _read(request: Request, endpoint: str) -> tuple[Mapping[str, str], PresentedCredentials]:
    """Raises InvalidRequest, InvalidClient."""
    try:
        form = await read_form(request, repeatable=(RESOURCE,) if endpoint in _NAMING_RESOURCES else ())
    except EdgeError as error:
        raise InvalidRequest(error.reason) from error
    if request.scope["query_string"] and _CREDENTIALS & set(request.query_params):
        raise InvalidRequest("credentials do not belong in the query")
    if len(request.headers.getlist("authorization")) > 1:
        raise InvalidRequest("one Authorization header at most")
    return form, read_credentials(request.headers.get("authorization"), form)


async def _check(
    services: Services,
    client: Client | None,
    credentials: PresentedCredentials,
    certificate: ClientCertificate | Disbelieved | None,
    *,
    endpoint: str,
    now: int,
) -> UsedAssertion | None:
    """Asks a client that publishes its keys for them, and again when none of them fits. Raises InvalidClient."""
    audiences = _audiences(services.settings, endpoint, client)
    verify = partial(check_client, client, credentials, audiences=audiences, now=now, certificate=certificate)
    doubt = None if client is None or client.disabled else _doubt_of(client, credentials)
    if client is None or doubt is None:
        return verify(None)
    try:
        return await services.client_keys.verified(client, services.http, verify, doubt=doubt, now=now)
    except KeysUnavailable:
        return verify(None)


def _doubt_of(client: Client, credentials: PresentedCredentials) -> type[InvalidClient] | None:
    """What newer keys might make good; None for a method without keys."""
    if credentials.method == client.token_endpoint_auth_method == "private_key_jwt":
        return SignatureDoesNotFit
    if by_certificate(client, credentials) and client.token_endpoint_auth_method == "self_signed_tls_client_auth":
        return UnknownCertificate
    return None


def _believed(
    client: Client, certificate: ClientCertificate | Disbelieved | None, *, now: int
) -> tuple[ClientCertificate | None, tuple[Insert, ...]]:
    """A header that proves nothing is no certificate; who needs none is served all the same. Raises InvalidClient."""
    if not isinstance(certificate, Disbelieved):
        return certificate, ()
    if client.tls_client_certificate_bound_access_tokens:
        reason = f"certificate_{certificate.reason}"
        raise InvalidClient("client authentication failed", private_detail=reason)
    event = ClientCertificateIgnored(client_id=client.client_id, reason=certificate.reason)
    return None, (audit_entry(event, now_ms=now * 1000),)


def check_sender(asked: ClientRequest) -> None:
    """A client whose tokens are bound to its certificate gets none without it (RFC 8705 §3). Raises InvalidRequest."""
    if asked.client.tls_client_certificate_bound_access_tokens and asked.certificate is None:
        raise InvalidRequest("this client must connect with its certificate")


async def commit_for(
    services: Services, asked: ClientRequest, *writes: Write, gate: Statement | None = None
) -> Row | None:
    """One transaction with the use of the client's assertion and proof.

    Raises AssertionReplayed, ProofReplayed when one of them was used before.
    """
    try:
        return await services.database.commit(*writes, *asked.used, *asked.noticed, gate=gate)
    except IntegrityConflict as error:
        if asked.proof is not None and await asked.proof.is_used(services.database):
            raise ProofReplayed("the DPoP proof was used before") from error
        raise AssertionReplayed("client authentication failed", private_detail="assertion_replayed") from error


async def note_refusal(
    services: Services, asked: ClientRequest | None, error: OAuthError, event: AuditEvent, *, now: float
) -> OAuthError:
    """Writes one event, `event` unless the client is not who it says; returns the error to answer with."""
    if isinstance(error, TooManyFailures):
        # Told in full before the limit was reached; a flood must not fill the log.
        return error
    if isinstance(error, InvalidClient):
        event = ClientAuthenticationFailed(reason=error.private_detail or "unreadable")
    entries = [audit_entry(event, now_ms=int(now * 1000))]
    if asked is not None and asked.client.is_public and _is_flood(services, asked.caller, now=int(now)):
        entries = []
    if asked is None or isinstance(error, AssertionReplayed | ProofReplayed):
        await services.database.commit(*entries)
        return error
    try:
        await commit_for(services, replace(asked, noticed=()), *entries)
    except (AssertionReplayed, ProofReplayed) as replayed:
        return await note_refusal(services, asked, replayed, event, now=now)
    return error


def _is_flood(services: Services, caller: str, *, now: int) -> bool:
    """Whether so much was refused in the name of a client that anybody can name, that no more of it need be told.

    It goes on being answered: its people may call from the same network.
    """
    try:
        services.failures.check(f"{caller}|refused", now=now)
    except TooManyFailures:
        return True
    services.failures.note(f"{caller}|refused", now=now)
    return False


def _audiences(settings: Settings, endpoint: str, client: Client | None) -> frozenset[str]:
    """The issuer, or an endpoint's URL as older clients do (Core 9); the token endpoint's serves at all of them."""
    if client is not None and client.rules.issuer_is_the_only_audience:
        return frozenset({settings.issuer})
    paths, aliased = ("/token", endpoint), (False, True)
    urls = {settings.endpoint(path, by_certificate=by_alias) for path in paths for by_alias in aliased}
    return frozenset({settings.issuer, *urls})


def _remember(used: UsedAssertion) -> Insert:
    """A second use of the same `jti` meets this row's key and fails the whole transaction."""
    return Insert(
        "short_lived",
        {
            "key_hash": token_hash("client_assertion", f"{used.client_id}\x00{used.jti}"),
            "kind": "client_assertion",
            "grant_id": None,
            "payload": b"",
            "version": 0,
            "expires_at": used.expires_at,
            "consumed_at": None,
        },
    )
