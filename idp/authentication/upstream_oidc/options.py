"""The settings of one upstream provider, checked when it is configured rather than when a citizen waits."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from relying_party_sdk.compact import SIGNATURE_ALGORITHMS
from relying_party_sdk.metadata import is_secure_url


class UpstreamOptions(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    issuer: str
    """The provider's issuer, byte for byte as its discovery document has it."""

    client_id: str = Field(min_length=1, max_length=255)
    """Our client_id there."""

    token_endpoint_auth_method: Literal["client_secret_basic"] = "client_secret_basic"
    """How we prove who we are at its token endpoint."""

    scope: str = "openid identity"
    """What we ask for; it must hold `openid`."""

    id_token_signed_response_alg: str = "ES256"
    """The one algorithm its ID tokens are signed with, whatever their header says."""

    userinfo_signed_response_alg: str | None = None
    """Set where its UserInfo answers are signed: then an unsigned one is refused."""

    subject_claim: str = "sub"
    """The claim that names the person for good: `sub`, or one that the provider keeps more stable."""

    trusts_personal_id: bool = False
    """Whether its `vn_personal_id`, with `vn_personal_id_verified`, counts as verified."""

    trusts_tax_code: bool = False
    """Whether its `vn_tax_code` is the tax code of whoever logs in there."""

    authorization_origin: str | None = None
    """The origin of its authorization endpoint, where that is not the issuer's own."""

    health_url: str | None = None
    """Asked by `motcua source check`; without it the discovery document is."""

    @field_validator("issuer", "authorization_origin", "health_url")
    @classmethod
    def _https(cls, value: str | None) -> str | None:
        if value is not None and not is_secure_url(value):
            raise ValueError("must be an https:// address without user name and fragment")
        return value

    @field_validator("scope")
    @classmethod
    def _openid(cls, value: str) -> str:
        if "openid" not in value.split():
            raise ValueError('must hold "openid", for example "openid identity"')
        return value

    @field_validator("id_token_signed_response_alg", "userinfo_signed_response_alg")
    @classmethod
    def _asymmetric(cls, value: str | None) -> str | None:
        if value is not None and value not in SIGNATURE_ALGORITHMS:
            raise ValueError(f"must be one of {', '.join(SIGNATURE_ALGORITHMS)}")
        return value


class UpstreamSecrets(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    client_secret: str = Field(min_length=1, repr=False)
