"""What a worker writes to its log: one line an event on standard error, for whatever collects it there.

Says types and codes. What happened to whom is in the audit log, and what anybody typed is nowhere.
"""

from typing import Any


def log_configuration(level: str) -> dict[str, Any]:
    """For `logging.config`. Authlib stays at INFO whatever is asked: below it prints tokens."""
    own = {"handlers": ["stderr"], "level": level, "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "loggers": {
            "motcua": own,
            "uvicorn": own,
            "uvicorn.error": {"level": level},
            "authlib": {"level": "INFO"},
            "asyncio": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        },
    }
