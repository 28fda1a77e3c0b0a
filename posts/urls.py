"""Addresses about posts."""

from django.urls import path, register_converter

from notes_site.ids import Base58Converter
from posts.views import comments, composer, likes, media, posts, profiles, uploads

register_converter(Base58Converter, "b58")

app_name = "posts"
urlpatterns = [
    path("new/", composer.new, name="new"),
    path("uploads/", uploads.receive, name="uploads"),
    path("uploads/<b58:upload_id>/", uploads.upload, name="upload"),
    path("p/<b58:post_id>/", posts.post, name="post"),
    path("p/<b58:post_id>/edit/", posts.edit, name="edit"),
    path("p/<b58:post_id>/publish", posts.publish, name="publish"),
    path("p/<b58:post_id>/photos/<b58:photo_id>/retry", posts.retry, name="retry"),
    path("p/<b58:post_id>/like", likes.like, name="like"),
    path("p/<b58:post_id>/comments/", comments.comments, name="comments"),
    path("p/<b58:post_id>/comments/<b58:comment_id>/", comments.comment, name="comment"),
    path("renditions/<str:name>", media.public_rendition, name="rendition"),
    path("media/originals/<b58:photo_id>", media.original, name="original"),
    path("media/<str:name>", media.private_rendition, name="media"),
    path("settings/avatar/", profiles.avatar, name="avatar"),
    path("@<str:username>/", profiles.profile, name="profile"),
]
