"""`POST /par`: the same rules as at the authorization endpoint, told to the client instead of the browser."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from idp.audit.events import AuthorizationRequestRefused, PushedRequestStored
from idp.audit.log import audit_entry
from idp.authorization_server.addressed_request import check_rules, worth_keeping
from idp.authorization_server.authenticated_client import (
    ClientRequest,
    commit_for,
    note_refusal,
    read_client_request,
)
from idp.authorization_server.dpop import InvalidDpopProof, Proof, read_proof
from idp.authorization_server.dpop_nonce import UseDpopNonce, check_nonce, renew_nonce
from idp.authorization_server.json_answers import error_response, json_answer
from idp.authorization_server.pushed_requests import LIFETIME_SECONDS, insert_pushed_request, new_request_uri
from idp.authorization_server.request_object import addressed_request, unwrapped
from idp.errors import CitizenError, InvalidRequest, OAuthError
from idp.pushed_authorization.limits import count_request
from idp.services import Services, services_of

_CREDENTIALS = frozenset({"client_secret", "client_assertion", "client_assertion_type"})


async def push(request: Request) -> Response:
    services, now = services_of(request), services_of(request).clock()
    asked: ClientRequest | None = None
    try:
        asked = await read_client_request(services, request, endpoint="/par", now=int(now), admits_public=True)
        url = services.settings.endpoint("/par", by_certificate=asked.certificate is not None)
        proof = read_proof(request.headers.getlist("dpop"), method="POST", url=url, now=int(now))
        if proof is not None:
            check_nonce(services.vault, proof, required=asked.client.dpop_nonce_required, now=int(now))
        asked = asked.with_proof(proof)
        sent = {name: value for name, value in asked.form.items() if name not in _CREDENTIALS}
        parameters = await _checked(services, {**sent, "client_id": asked.client.client_id}, asked, now=int(now))
        if asked.client.is_public:
            await count_request(services, request.client.host if request.client else "", now=int(now))
        request_uri = new_request_uri()
        stored = insert_pushed_request(
            request_uri, parameters, vault=services.vault, client_id=asked.client.client_id, now=int(now)
        )
        event = PushedRequestStored(client_id=asked.client.client_id)
        await commit_for(services, asked, stored, audit_entry(event, now_ms=int(now * 1000)))
    except UseDpopNonce as error:
        return error_response(error)
    except OAuthError as error:
        refused = AuthorizationRequestRefused(
            client_id=asked.client.client_id if asked else None, error=error.error, rule=error.error_description or None
        )
        refusal = await note_refusal(services, asked, error, refused, now=now)
        return error_response(refusal, used_basic="authorization" in request.headers)
    response = json_answer({"request_uri": request_uri, "expires_in": LIFETIME_SECONDS}, status=201)
    renew_nonce(response, services.vault, asked.proof, now=int(now))
    return response


async def _checked(
    services: Services, parameters: dict[str, str], asked: ClientRequest, *, now: int
) -> Mapping[str, str]:
    """The request as the browser's would be read, a request object opened (RFC 9126 §3). Raises OAuthError."""
    if "request_uri" in parameters:
        raise InvalidRequest("a pushed request must not hold a request_uri")
    try:
        addressed = await addressed_request(services, asked.client, parameters, now=now)
    except CitizenError as error:
        if "request" in parameters:
            # What is wrong may be in the object, or with it.
            await unwrapped(services, asked.client, parameters, now=now)
        raise InvalidRequest("redirect_uri is missing or not registered") from error
    check_rules(addressed, pushed=True, resource_servers=services.configuration.resource_servers)
    return _bound(worth_keeping(addressed.parameters), asked.proof)


def _bound(parameters: Mapping[str, str], proof: Proof | None) -> Mapping[str, str]:
    """The code will be bound to the key that was proved here (RFC 9449 §10.1). Raises InvalidDpopProof."""
    if proof is None:
        return parameters
    if parameters.get("dpop_jkt", proof.jkt) != proof.jkt:
        raise InvalidDpopProof("dpop_jkt is of another key than the proof")
    return {**parameters, "dpop_jkt": proof.jkt}
