"""The settings of one register with a phone on file."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from idp.authentication.register_address import checked_register_url


class RegistryOptions(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    register_url: str
    """The register's address; `/lookup` and `/health` are below it."""

    identifier: Literal["social_insurance_number"] = "social_insurance_number"
    """What the citizen types."""

    accepts_personal_id: bool = False
    """Whether the register also finds people by the personal ID that took the place of the insurance number."""

    minimum_number_age_days: int = Field(default=30, ge=0, le=3650)
    """A phone that came on file more recently gets no code: a thief would change it first."""

    subscriber_source: str | None = None
    """The id of a `mobile_otp` source whose register is asked whether the phone changed hands since it came on file."""

    _url = field_validator("register_url")(checked_register_url)


class RegisterSecrets(BaseModel):
    """Our credentials at a register."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    client_id: str = Field(min_length=1, max_length=255)
    client_secret: str = Field(min_length=1, repr=False)

    @field_validator("client_id")
    @classmethod
    def _no_colon(cls, value: str) -> str:
        if ":" in value:
            raise ValueError("must not hold a colon, which separates it from the secret (RFC 7617 §2)")
        return value
