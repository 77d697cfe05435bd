"""The settings of the mobile-number source."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator

from idp.authentication.register_address import checked_register_url


class MobileNumberOptions(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    register_url: str | None = None
    """The operator's subscriber register; without it every number is a person of its own."""

    identifier: Literal["mobile_number"] = "mobile_number"
    """What the citizen types."""

    @field_validator("register_url")
    @classmethod
    def _url(cls, value: str | None) -> str | None:
        return None if value is None else checked_register_url(value)
