"""The Django service of the tests."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from relying_party_sdk.django import citizen_required, current_identity, find_identity, fresh_identity


@citizen_required()
def profile(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"Xin chào {current_identity(request).claims['name']}")


@citizen_required(level="eidas3")
def strict(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Mức cao")


def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse("khách" if find_identity(request) is None else "công dân")


@citizen_required()
def tokens(request: HttpRequest) -> HttpResponse:
    identity = fresh_identity(request, renew="renew" in request.GET)
    return HttpResponse(identity.tokens.access_token if identity.tokens else "")


def user(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.user.get_username() or "không có")


urlpatterns = [
    path("dang-nhap/", include("relying_party_sdk.django.urls")),
    path("ho-so", profile),
    path("cao", strict),
    path("the", tokens),
    path("nguoi-dung", user),
    path("", home),
]
