"""`path("dang-nhap/", include("relying_party_sdk.django.urls"))`: the names are those of the redirect URI's folder."""

from __future__ import annotations

from django.urls import path

from relying_party_sdk.django import views
from relying_party_sdk.django.apps import login_flow
from relying_party_sdk.login_flow import INVITED, REQUESTED, START
from relying_party_sdk.logout_flow import BACK_CHANNEL, LOGGED_OUT, LOGOUT

app_name = "motcua"

urlpatterns = [
    path(START, views.start, name="start"),
    path(INVITED, views.invited, name="invited"),
    path(REQUESTED, views.requested, name="requested"),
    path(login_flow().callback_name, views.finish, name="finish"),
    path(LOGOUT, views.logout, name="logout"),
    path(BACK_CHANNEL, views.back_channel_logout, name="back_channel_logout"),
    path(LOGGED_OUT, views.logged_out, name="logged_out"),
]
