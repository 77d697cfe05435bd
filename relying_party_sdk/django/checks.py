"""What `manage.py check` says about a site's settings."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import Error
from django.utils.module_loading import import_string

from relying_party_sdk.django.backend import CitizenBackend

MIDDLEWARE = "relying_party_sdk.django.middleware.CitizenSessionMiddleware"


def check_middleware(**_: Any) -> list[Error]:
    """Users of citizens need the middleware: without it one stays after a logout, and when somebody else logs in."""
    backends = [import_string(path) for path in settings.AUTHENTICATION_BACKENDS]
    if MIDDLEWARE in settings.MIDDLEWARE or not any(issubclass(backend, CitizenBackend) for backend in backends):
        return []
    hint = f'Add "{MIDDLEWARE}" after AuthenticationMiddleware.'
    return [Error("MIDDLEWARE does not end the sessions of citizens' users.", hint=hint, id="motcua_login.E001")]
