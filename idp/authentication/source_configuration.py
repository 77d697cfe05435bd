"""A source as an operator writes it → a SourceConfiguration, or sentences that say how to mend it."""

from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from idp.authentication.contract import SourceConfiguration
from idp.protocol.levels import LevelOfAssurance

Level = Literal["low", "substantial", "high"]
M = TypeVar("M", bound=BaseModel)

_LANGUAGES = ("vi", "en")


class SourceConfigurationInvalid(Exception):
    """`faults` are whole sentences, one a fault; no secret is quoted."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class WrittenSource(BaseModel):
    """The members of a source file, whatever its kind."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")
    """Stands in addresses and in every link: it never changes."""

    kind: str
    """The plug-in that speaks with it."""

    position: int = Field(ge=0, le=10_000)
    """Where it stands in the list of choices."""

    label: dict[str, str]
    """What the citizen chooses, in `vi` and `en`."""

    hint: dict[str, str] = Field(default_factory=dict)
    """One line of help under the label."""

    organisation: dict[str, str]
    """Who runs the source."""

    assurance: Level
    """How sure a login with it is at most."""

    identity_level: Level
    """How its people were proofed."""

    options: dict[str, Any] = Field(default_factory=dict)
    """The kind's own settings."""

    secrets: dict[str, str] = Field(default_factory=dict, repr=False)
    """Our credentials there; kept sealed."""

    @field_validator("label", "organisation")
    @classmethod
    def _both_languages(cls, value: dict[str, str]) -> dict[str, str]:
        missing = [language for language in _LANGUAGES if not value.get(language, "").strip()]
        if missing:
            raise ValueError(f"needs a text in {' and '.join(missing)}")
        return value

    def to_configuration(self, *, disabled: bool = False) -> SourceConfiguration:
        return SourceConfiguration(
            id=self.id,
            kind=self.kind,
            position=self.position,
            label=self.label,
            hint=self.hint,
            organisation=self.organisation,
            assurance=LevelOfAssurance[self.assurance.upper()],
            identity_level=self.identity_level,
            options=self.options,
            secrets=self.secrets,
            disabled=disabled,
        )


def parsed(model: type[M], values: Any, *, where: str) -> M:
    """The values as that model. Raises SourceConfigurationInvalid with a sentence for each fault."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        # `input` is left out: it may be a secret.
        faults = error.errors(include_input=False, include_url=False)
        raise SourceConfigurationInvalid(tuple(_sentence(fault, where, model) for fault in faults)) from None


def _sentence(fault: Any, where: str, model: type[BaseModel]) -> str:
    name = ".".join(str(part) for part in (where, *fault["loc"]) if part)
    if fault["type"] == "missing":
        return f"`{name}` is missing: add it."
    if fault["type"] == "extra_forbidden":
        return f"`{name}` is not known here; known are {', '.join(sorted(model.model_fields)) or 'none'}."
    if fault["type"] == "string_pattern_mismatch":
        return f"`{name}` must be lower-case letters, digits and dashes, at most 32, starting with a letter."
    message = str(fault["msg"]).removeprefix("Value error, ")
    return f"`{name or 'the source'}`: {message}."
