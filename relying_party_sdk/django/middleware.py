"""Ties Django's own session to the citizen's, so that a logout or another login ends both."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from relying_party_sdk.django.apps import login_flow
from relying_party_sdk.django.backend import keep_user_of


class CitizenSessionMiddleware:
    """For sites with a `CitizenBackend`: put it after `AuthenticationMiddleware`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        keep_user_of(request, login_flow().session(request.COOKIES))
        return self._get_response(request)
