"""Addresses of the feed."""

from django.urls import path

from feed import views

app_name = "feed"
urlpatterns = [
    path("", views.stream, name="stream"),
    path("topics/<str:name>/", views.topic, name="topic"),
]
