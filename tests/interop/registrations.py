"""The services of these tests, as an operator registers them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc.jwk import ECKey, RSAKey

from tests.interop.single_page import PAGES

SCOPE = "openid identity profile phone offline_access"
FAPI_PROFILES = ("fapi2", "fapi2-message-signing")


@dataclass(frozen=True)
class Registrations:
    """`nowhere` is where nobody listens; at `site` does the Authlib service, at `page` the one of scripts alone, at
    `apache` a protected site, when its test runs it."""

    nowhere: str
    site: str
    page: str
    apache: str
    client_secret: str = field(repr=False)
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", auto_kid=True), repr=False)
    rsa_key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, auto_kid=True), repr=False)

    @property
    def redirect_uri(self) -> str:
        return f"{self.nowhere}/callback"

    @property
    def secure_redirect_uri(self) -> str:
        """FAPI 2 wants TLS even where nobody listens."""
        return _secure(self.redirect_uri)

    @property
    def secure_logged_out_uri(self) -> str:
        return _secure(self.logged_out_uri)

    @property
    def logged_out_uri(self) -> str:
        return f"{self.nowhere}/logged-out"

    def metadata(self) -> list[Mapping[str, Any]]:
        return [
            self._with_secret("basic"),
            self._with_secret("load", sector="basic.example"),
            self._with_secret(
                "post",
                token_endpoint_auth_method="client_secret_post",
                id_token_signed_response_alg="RS256",
                userinfo_signed_response_alg="ES256",
            ),
            self._service(
                "key",
                token_endpoint_auth_method="private_key_jwt",
                require_pushed_authorization_requests=True,
                jwks={"keys": [self.key.as_dict(private=False)]},
            ),
            *(
                self._service(
                    profile,
                    profile=profile,
                    token_endpoint_auth_method="private_key_jwt",
                    redirect_uris=[self.secure_redirect_uri],
                    post_logout_redirect_uris=[self.secure_logged_out_uri],
                    jwks={"keys": [self.key.as_dict(private=False)]},
                    # The libraries have to cope with a server's nonces, too (RFC 9449 §8).
                    dpop_nonce_required=profile == "fapi2-message-signing",
                )
                for profile in FAPI_PROFILES
            ),
            self._with_secret(
                "authlib",
                redirect_uris=[f"{self.site}/callback"],
                post_logout_redirect_uris=[f"{self.site}/logged-out"],
            ),
            self._with_secret("apache", **self._of_apache),
            self._service(
                "apache-key",
                token_endpoint_auth_method="private_key_jwt",
                jwks={"keys": [self.rsa_key.as_dict(private=False)]},
                **self._of_apache,
            ),
            *(
                self._service(
                    str(client["client_id"]),
                    token_endpoint_auth_method="none",
                    dpop_bound_access_tokens=client["dpop"],
                    dpop_nonce_required=client["dpop"],
                    redirect_uris=[f"{self.page}{path}"],
                    post_logout_redirect_uris=[f"{self.page}{path}"],
                )
                for path, client in PAGES.items()
            ),
        ]

    @property
    def _of_apache(self) -> Mapping[str, Any]:
        return {
            "redirect_uris": [f"{self.apache}/protected/redirect_uri"],
            "post_logout_redirect_uris": [f"{self.apache}/logged-out.html"],
            "backchannel_logout_uri": f"{self.apache}/protected/redirect_uri?logout=backchannel",
        }

    def _with_secret(self, client_id: str, **metadata: Any) -> Mapping[str, Any]:
        return self._service(client_id, client_secret=self.client_secret, **metadata)

    def _service(self, client_id: str, **metadata: Any) -> Mapping[str, Any]:
        return {
            "client_id": client_id,
            "client_name": "Dịch vụ kết nối",
            "client_name#en": "Connected service",
            "organisation": "Nhóm kiểm thử",
            "redirect_uris": [self.redirect_uri],
            "post_logout_redirect_uris": [self.logged_out_uri],
            "grant_types": ["authorization_code", "refresh_token"],
            "scope": SCOPE,
            "sector": f"{client_id}.example",
            "legal_basis": "consent",
            "purpose": "kiểm thử kết nối",
            **metadata,
        }


def _secure(uri: str) -> str:
    return uri.replace("http://", "https://", 1)
