"""Ties Django's own session to the citizen's, so that a logout at the provider ends both."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from relying_party_sdk.django.backend import log_user_out
from relying_party_sdk.django.decorators import find_identity


class CitizenSessionMiddleware:
    """For sites with a `CitizenBackend`: put it after `AuthenticationMiddleware`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if find_identity(request) is None:
            log_user_out(request)
        return self._get_response(request)
