"""Reads the operator's file of `authorization_details` types (RFC 9396), once, at the start of a worker."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from idp.protocol.detail_types import DetailType, InvalidDetailTypes, parse_detail_types
from idp.settings import ConfigurationError


def read_detail_types(path: Path | None) -> Mapping[str, DetailType]:
    """Empty without a file: then none is offered. Raises ConfigurationError with every fault of the file."""
    if path is None:
        return {}
    try:
        return parse_detail_types(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise ConfigurationError(f"authorization_details_types names {path}, which does not exist") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}") from error
    except InvalidDetailTypes as error:
        raise ConfigurationError("\n".join(f"{path}: {fault}" for fault in error.faults)) from error
