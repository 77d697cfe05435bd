"""`POST /token`: authenticate the client, hand its request to the grant it names, answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from idp.audit.events import TokenRequestRefused
from idp.authorization_server.authenticated_client import ClientRequest, check_sender, note_refusal, read_client_request
from idp.authorization_server.dpop import InvalidDpopProof, Proof, read_proof
from idp.authorization_server.dpop_nonce import UseDpopNonce, check_nonce, renew_nonce
from idp.authorization_server.encrypted_answers import recipient_of
from idp.authorization_server.json_answers import error_response, json_answer
from idp.authorization_server.polled_errors import AuthorizationPending, SlowDown
from idp.authorization_server.token_request import IssuedTokens
from idp.errors import InvalidRequest, OAuthError, UnsupportedGrantType
from idp.services import Services, services_of
from idp.token import ciba, code, device_code, refresh
from idp.token.presented import RefusedAfterUse, ReplayPunished

GRANTS: Final[Mapping[str, Callable[[Services, ClientRequest, float], Awaitable[IssuedTokens]]]] = {
    code.GRANT_TYPE: code.redeem,
    refresh.GRANT_TYPE: refresh.refresh,
    ciba.GRANT_TYPE: ciba.redeem,
    device_code.GRANT_TYPE: device_code.redeem,
}


async def token(request: Request) -> Response:
    services, now = services_of(request), services_of(request).clock()
    asked: ClientRequest | None = None
    try:
        asked = await read_client_request(services, request, endpoint="/token", now=int(now), admits_public=True)
        asked = asked.with_proof(_proof(services, request, asked, now=int(now)))
        check_sender(asked)
        recipient = await recipient_of(services, asked.client, asked.client.id_token_encryption, now=int(now))
        tokens = await _issue(services, asked, now)
        # Written with the tokens: a refusal from here on has nothing left to use up.
        asked = replace(asked, used=())
        if recipient is not None and "id_token" in tokens.response:
            tokens.response["id_token"] = recipient.encrypted(tokens.response["id_token"])
    except (ReplayPunished, RefusedAfterUse, AuthorizationPending, SlowDown, UseDpopNonce) as error:
        # All of it is written already, or there is nothing to write.
        return error_response(error)
    except OAuthError as error:
        event = TokenRequestRefused(client_id=asked.client.client_id if asked else None, error=error.error)
        refusal = await note_refusal(services, asked, error, event, now=now)
        return error_response(refusal, used_basic="authorization" in request.headers)
    response = json_answer(tokens.response)
    renew_nonce(response, services.vault, asked.proof, now=int(now))
    return response


def _proof(services: Services, request: Request, asked: ClientRequest, *, now: int) -> Proof | None:
    """Raises InvalidDpopProof: for a bad proof, and for none where the client must bring one (RFC 9449 §5); and
    UseDpopNonce."""
    url = services.settings.endpoint("/token", by_certificate=asked.certificate is not None)
    proof = read_proof(request.headers.getlist("dpop"), method="POST", url=url, now=now)
    if proof is None and asked.client.dpop_bound_access_tokens:
        raise InvalidDpopProof("this client must bring a DPoP proof")
    if proof is not None:
        check_nonce(services.vault, proof, required=asked.client.dpop_nonce_required, now=now)
    return proof


async def _issue(services: Services, asked: ClientRequest, now: float) -> IssuedTokens:
    grant_type = asked.form.get("grant_type")
    if grant_type is None:
        raise InvalidRequest("grant_type is missing")
    grant = GRANTS.get(grant_type)
    if grant is None:
        raise UnsupportedGrantType(f"grant_type must be one of {' '.join(GRANTS)}")
    return await grant(services, asked, now)
