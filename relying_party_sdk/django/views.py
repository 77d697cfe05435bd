"""The login routes as Django views."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from relying_party_sdk.django.apps import login_flow
from relying_party_sdk.django.backend import log_user_in, log_user_out
from relying_party_sdk.django.exchange import answered, received

GET_OR_POST = require_http_methods(["GET", "POST"])


@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Redirect to the provider."""
    return answered(login_flow().start(received(request)))


@require_GET
def requested(request: HttpRequest) -> HttpResponse:
    """The provider fetches a request that went by reference."""
    return answered(login_flow().requested(received(request)))


@csrf_exempt
@GET_OR_POST
def invited(request: HttpRequest) -> HttpResponse:
    """A third party's link or form; it begins a login and changes nothing else."""
    return answered(login_flow().invited(received(request)))


# A form of the provider knows nothing of Django's token; the login's own cookie and state are the proof.
@csrf_exempt
@GET_OR_POST
def finish(request: HttpRequest) -> HttpResponse:
    """The callback; logs the Django user in as well where a backend knows one."""
    return answered(login_flow().finish(received(request), on_login=lambda session: log_user_in(request, session)))


# The flow checks where the form comes from, with or without Django's own token.
@csrf_exempt
def logout(request: HttpRequest) -> HttpResponse:
    """GET asks, POST logs out here and at the provider; the Django user goes with the citizen."""
    answer = login_flow().logouts.logout(received(request))
    if answer.status == 303:
        log_user_out(request)
    return answered(answer)


@csrf_exempt
@require_POST
def back_channel_logout(request: HttpRequest) -> HttpResponse:
    """Called by the provider's machine, which has no cookie; the signed token is the proof."""
    return answered(login_flow().logouts.back_channel_logout(received(request)))


@require_GET
def logged_out(request: HttpRequest) -> HttpResponse:
    """Where the provider comes back to."""
    return answered(login_flow().logouts.logged_out(received(request)))
