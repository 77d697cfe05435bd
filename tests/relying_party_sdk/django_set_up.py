"""Django, configured once for the test process; each test hands its own relying party in."""

from __future__ import annotations

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command

from relying_party_sdk import RelyingParty


def set_up_django(party: RelyingParty, *, keep_tokens: bool = False) -> None:
    if not settings.configured:
        settings.configure(
            SECRET_KEY="chi-dung-de-thu-0123456789-abcdefghijklmnopqrstuvwxyz",
            ALLOWED_HOSTS=["localhost"],
            ROOT_URLCONF="tests.relying_party_sdk.django_site",
            DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
            AUTHENTICATION_BACKENDS=["tests.relying_party_sdk.django_users.KnownCitizens"],
            INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "relying_party_sdk.django"],
            MIDDLEWARE=[
                "django.contrib.sessions.middleware.SessionMiddleware",
                "django.middleware.csrf.CsrfViewMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware",
                "relying_party_sdk.django.middleware.CitizenSessionMiddleware",
            ],
        )
        django.setup()
        call_command("migrate", verbosity=0)
    settings.MOTCUA = {"PARTY": party, "KEEP_TOKENS": keep_tokens}
    vars(apps.get_app_config("motcua_login")).pop("flow", None)
