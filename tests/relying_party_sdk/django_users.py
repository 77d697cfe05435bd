"""A site's own backend: citizens whose subject it has seen before are Django users."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser

from relying_party_sdk import Identity
from relying_party_sdk.django import CitizenBackend


class KnownCitizens(CitizenBackend):
    def user_for(self, identity: Identity) -> AbstractBaseUser | None:
        return get_user_model()._default_manager.filter(username=identity.subject).first()
