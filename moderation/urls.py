"""Addresses at which members tell the moderators something."""

from django.urls import path

from moderation import views

app_name = "moderation"
urlpatterns = [
    path("p/<b58:post_id>/report", views.report_post, name="report_post"),
    path(
        "p/<b58:post_id>/comments/<b58:comment_id>/report",
        views.report_comment,
        name="report_comment",
    ),
    path("@<str:username>/report", views.report_person, name="report_person"),
]
