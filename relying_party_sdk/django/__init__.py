"""The SDK in Django: an app, its URLs, a backend for those who keep Django users, and a decorator for pages.

`INSTALLED_APPS += ["relying_party_sdk.django"]`, settings in `MOTCUA`, `include("relying_party_sdk.django.urls")`.
"""

from relying_party_sdk.django.backend import CitizenBackend
from relying_party_sdk.django.decorators import citizen_required, current_identity, find_identity, fresh_identity

__all__ = ["CitizenBackend", "citizen_required", "current_identity", "find_identity", "fresh_identity"]
