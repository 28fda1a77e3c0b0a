"""Addresses about people."""

from django.urls import path

from accounts.views.follows import follow
from accounts.views.settings import privacy, profile_settings
from accounts.views.setup import setup

app_name = "accounts"
urlpatterns = [
    path("@<str:username>/follow", follow, name="follow"),
    path("settings/profile/", profile_settings, name="profile_settings"),
    path("settings/privacy/", privacy, name="privacy"),
    path("setup/", setup, name="setup"),
]
