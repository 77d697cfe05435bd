"""The Django app: holds this site's `LoginFlow`, built on first use from `settings.MOTCUA`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from django.apps import AppConfig, apps
from django.conf import settings
from django.core import checks

from relying_party_sdk.django.checks import check_middleware
from relying_party_sdk.errors import ConfigurationError
from relying_party_sdk.login_flow import LoginFlow
from relying_party_sdk.relying_party import RelyingParty

LABEL = "motcua_login"
_OWN = ("PARTY", "KEEP_TOKENS")


class CitizenLoginConfig(AppConfig):
    """Has no models and needs no migration."""

    name = "relying_party_sdk.django"
    label = LABEL
    verbose_name = "MotCua login"

    def ready(self) -> None:
        checks.register(check_middleware, checks.Tags.security)

    @cached_property
    def flow(self) -> LoginFlow:
        """The site's login; `MOTCUA["PARTY"]` may hold a ready `RelyingParty`; `KEEP_TOKENS` is that of `LoginFlow`."""
        values = getattr(settings, "MOTCUA", None)
        if not isinstance(values, Mapping):
            raise ConfigurationError('settings.MOTCUA is missing: MOTCUA = {"ISSUER": …, "CLIENT_ID": …, …}')
        party = values.get("PARTY")
        if not isinstance(party, RelyingParty):
            party = RelyingParty.from_settings({name: str(value) for name, value in values.items() if name not in _OWN})
        keep_tokens = values.get("KEEP_TOKENS", False) is True
        return LoginFlow(party, session_secret=settings.SECRET_KEY, keep_tokens=keep_tokens)


def login_flow() -> LoginFlow:
    """This site's login."""
    config = apps.get_app_config(LABEL)
    if not isinstance(config, CitizenLoginConfig):
        raise ConfigurationError(f"another app uses the label {LABEL}")
    return config.flow
