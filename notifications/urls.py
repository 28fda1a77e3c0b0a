"""Addresses of notifications."""

from django.urls import path

from notifications.views.page import badge, page
from notifications.views.settings import settings
from notifications.views.unsubscribe import unsubscribe

app_name = "notifications"
urlpatterns = [
    path("notifications/", page, name="page"),
    path("notifications/badge", badge, name="badge"),
    path("notifications/unsubscribe/<str:token>", unsubscribe, name="unsubscribe"),
    path("settings/notifications/", settings, name="settings"),
]
