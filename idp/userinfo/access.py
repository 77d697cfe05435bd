"""Who comes for claims: the access token as it was sent, what its sender proves, and what it stands for."""

import re

from starlette.requests import Request

from idp.audit.events import ClientCertificateIgnored, UserInfoGiven
from idp.audit.log import audit_entry, audit_entry_of_gate
from idp.authorization_server.authorization import Authorization
from idp.authorization_server.client_certificate import ClientCertificate, Disbelieved, presented_certificate
from idp.authorization_server.dpop import InvalidDpopProof, Proof, ProofReplayed, read_proof
from idp.authorization_server.dpop_nonce import check_nonce_at_resource
from idp.authorization_server.issued import found_artefact, use_access_token
from idp.errors import InsufficientScope, InvalidRequest, InvalidToken
from idp.services import Services
from idp.storage.database import Insert, IntegrityConflict, Statement
from idp.web.forms import FORM_TYPE, EdgeError, read_form

_AUTHORIZATION = re.compile(r"(Bearer|DPoP) ([A-Za-z0-9._~+/-]{20,200}=*)", re.IGNORECASE)


class NoTokenPresented(InvalidToken):
    """The request brings no credential at all; the challenge says how to bring one (RFC 6750 §3)."""


async def authorized(services: Services, request: Request, *, now: float) -> tuple[Authorization, Proof | None]:
    """Finds the token and records that its claims were given, in one statement. Raises OAuthError."""
    scheme, access_token = await _access_token(request)
    certificate = presented_certificate(services.settings, request, now=int(now))
    proof = _proof(services, request, scheme, access_token, certificate, now=int(now))
    if proof is not None:
        await check_nonce_at_resource(services, access_token, proof, now=int(now))
    given = audit_entry_of_gate(
        UserInfoGiven(),
        now_ms=int(now * 1000),
        columns=("grant_id", "client_id", "person_id", "session_id", "source_id"),
    )
    used = (proof.remembered(),) if proof else _noticed(certificate, now=now)
    try:
        row = await services.database.commit(given, *used, gate=_gate(access_token, proof, certificate, now=int(now)))
    except IntegrityConflict as error:
        raise ProofReplayed("the DPoP proof was used before") from error
    if row is None:
        raise InvalidToken("the access token is not valid")
    authorization = found_artefact(row, services.vault).authorization
    if "openid" not in authorization.scope.split():
        raise InsufficientScope("the access token lacks the scope openid")
    return authorization, proof


def _gate(
    access_token: str, proof: Proof | None, certificate: ClientCertificate | Disbelieved | None, *, now: int
) -> Statement:
    """With the proof's key alone; without a proof by the connection's certificate, or for a token bound to nothing."""
    if proof is not None:
        return use_access_token(access_token, now=now, sender=proof.sender)
    sender = certificate.sender if isinstance(certificate, ClientCertificate) else None
    return use_access_token(access_token, now=now, sender=sender, or_unbound=True)


def _noticed(certificate: ClientCertificate | Disbelieved | None, *, now: float) -> tuple[Insert, ...]:
    if not isinstance(certificate, Disbelieved):
        return ()
    return (audit_entry(ClientCertificateIgnored(reason=certificate.reason), now_ms=int(now * 1000)),)


async def _access_token(request: Request) -> tuple[str, str]:
    """Scheme and value, in the Authorization header or as the form's only credential; never in the query.

    RFC 6750 §2.1 and §2.2, RFC 9449 §7.1.
    """
    headers = request.headers.getlist("authorization")
    in_form = None
    if request.method == "POST" and request.headers.get("content-type", "").startswith(FORM_TYPE):
        try:
            in_form = (await read_form(request)).get("access_token")
        except EdgeError as error:
            raise InvalidRequest(error.reason) from error
    if request.scope["query_string"] and "access_token" in request.query_params:
        raise InvalidRequest("an access token does not belong in the query")
    if len(headers) + (in_form is not None) > 1:
        raise InvalidRequest("send the access token once")
    if in_form is not None:
        return "bearer", in_form
    if not headers:
        raise NoTokenPresented
    found = _AUTHORIZATION.fullmatch(headers[0])
    if found is None:
        raise InvalidToken
    return found[1].lower(), found[2]


def _proof(
    services: Services,
    request: Request,
    scheme: str,
    access_token: str,
    certificate: ClientCertificate | Disbelieved | None,
    *,
    now: int,
) -> Proof | None:
    """With the scheme DPoP, and only with it, a proof made for this token (RFC 9449 §7.1). Raises OAuthError."""
    if scheme != "dpop":
        return None
    url = services.settings.endpoint("/userinfo", by_certificate=isinstance(certificate, ClientCertificate))
    headers = request.headers.getlist("dpop")
    proof = read_proof(headers, method=request.method, url=url, now=now, access_token=access_token)
    if proof is None:
        raise InvalidDpopProof("a DPoP proof is missing")
    return proof
