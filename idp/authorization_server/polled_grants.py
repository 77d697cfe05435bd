"""The grants of polled requests, on Authlib's: the value a client polled with, once a person approved (CIBA Core 10.1,
RFC 8628 §3.4). Whether it may be used was decided by the statement that used it up."""

from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidGrantError, UnauthorizedClientError
from authlib.oauth2.rfc6749.grants import BaseGrant, TokenEndpointMixin

from idp.authorization_server.grants import generated_token, with_id_token
from idp.authorization_server.polled_requests import PolledKind


class PolledGrant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]  # Authlib is untyped
    def validate_token_request(self) -> None:
        client = self.authenticate_token_endpoint_client()
        if not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError
        found = self.request.asked.found
        if found is None or not found.is_usable(self.request.asked.now):
            raise InvalidGrantError
        if found.authorization.client_id != client.get_client_id():
            raise InvalidGrantError
        self.request.client = client
        self.request.user = found.authorization

    def create_token_response(self) -> Any:
        held = self.request.user
        token = generated_token(
            self, held, held.scope, may_refresh=self.request.client.check_grant_type("refresh_token")
        )
        return with_id_token(self, (200, token, self.TOKEN_RESPONSE_HEADER))


class CibaGrant(PolledGrant):
    GRANT_TYPE = PolledKind.CIBA.grant_type


class DeviceCodeGrant(PolledGrant):
    GRANT_TYPE = PolledKind.DEVICE_CODE.grant_type


def register_polled_grants(server: Any) -> None:
    server.register_grant(CibaGrant)
    server.register_grant(DeviceCodeGrant)
