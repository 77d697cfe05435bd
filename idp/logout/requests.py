"""What a logout request asks for, and whether it may happen without asking the person first. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.authorization_server.id_token_hint import Hint
from idp.errors import InvalidLoginRequest
from idp.protocol.client import Client
from idp.protocol.redirect_uris import is_registered, with_parameters
from idp.sessions.session import SsoSession


@dataclass(frozen=True, kw_only=True)
class LogoutRequest:
    """`return_uri` is registered by `client` and carries `state`; None when there is nowhere to go back to."""

    client: Client | None
    hint: Hint | None
    return_uri: str | None


def read_logout_request(parameters: Mapping[str, str], client: Client | None, hint: Hint | None) -> LogoutRequest:
    """Raises InvalidLoginRequest: an address that is not registered is never gone to (RP-Initiated Logout 3)."""
    named = parameters.get("client_id")
    if named is not None and (client is None or client.client_id != named):
        raise InvalidLoginRequest(private_detail="logout_client")
    if hint is not None and named is not None and hint.client_id != named:
        raise InvalidLoginRequest(private_detail="logout_hint_client")
    uri = parameters.get("post_logout_redirect_uri")
    if uri is None:
        return LogoutRequest(client=client, hint=hint, return_uri=None)
    if client is None or not is_registered(uri, client.post_logout_redirect_uris):
        raise InvalidLoginRequest(private_detail="post_logout_redirect_uri")
    state = parameters.get("state")
    if state is not None and len(state) > 2048:
        raise InvalidLoginRequest(private_detail="logout_state")
    return LogoutRequest(
        client=client, hint=hint, return_uri=uri if state is None else with_parameters(uri, {"state": state})
    )


def needs_confirmation(asked: LogoutRequest, session: SsoSession) -> bool:
    """A hint made for this very session is the service speaking for the person; anything else might be a trick."""
    return asked.hint is None or asked.hint.sid != session.id
