"""Settings read from where an installation writes them: the file named by MOTCUA_CONFIG, and the environment."""

import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from idp.settings import ConfigurationError, Settings


def load_settings(overrides: dict[str, Any] | None = None) -> Settings:
    """From the file named by MOTCUA_CONFIG (if any) and the environment, which wins. Raises ConfigurationError."""
    values: dict[str, Any] = {}
    path = os.environ.get("MOTCUA_CONFIG")
    if path:
        try:
            values = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise ConfigurationError(f"MOTCUA_CONFIG names {path}, which does not exist") from error
        except tomllib.TOMLDecodeError as error:
            raise ConfigurationError(f"{path} is not valid TOML: {error}") from error
    told = {name: os.environ[f"MOTCUA_{name.upper()}"] for name in Settings.model_fields if _in_environment(name)}
    try:
        return Settings(**{**values, **(overrides or {}), **told})
    except ValidationError as error:
        raise ConfigurationError("\n".join(_sentence(fault) for fault in error.errors())) from error


def _in_environment(name: str) -> bool:
    return f"MOTCUA_{name.upper()}" in os.environ


def _sentence(fault: Any) -> str:
    name = ".".join(str(part) for part in fault["loc"])
    message = str(fault["msg"]).removeprefix("Value error, ")
    if fault["type"] == "missing":
        return f"MOTCUA_{name.upper()} is missing: set it in the environment or as `{name}` in the file"
    if fault["type"] == "extra_forbidden":
        return f"`{name}` is not a setting; see docs/settings.md for their names"
    return f"MOTCUA_{name.upper()}: {message}" if name else message
