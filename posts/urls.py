"""Addresses about posts."""

from django.urls import path

from posts.views import (
    comments,
    composer,
    deletions,
    drafts,
    history,
    incoming,
    likes,
    media,
    photos,
    posts,
    profiles,
    receipts,
    storage,
    uploads,
)

app_name = "posts"
urlpatterns = [
    path("new/", composer.new, name="new"),
    path("drafts/", drafts.drafts, name="drafts"),
    path("uploads/", uploads.receive, name="uploads"),
    path("uploads/incoming/<slug:key>/", incoming.piece, name="incoming"),
    path("uploads/<b58:upload_id>/", uploads.upload, name="upload"),
    path("photos/<b58:photo_id>/edit/", photos.photo_edit, name="photo_edit"),
    path("photos/<b58:photo_id>/edits", photos.photo_edits, name="photo_edits"),
    path("photos/<b58:photo_id>/preview", photos.photo_preview, name="photo_preview"),
    path("photos/<b58:photo_id>/shown", photos.shown, name="shown"),
    path("photos/<b58:photo_id>/receipt/", receipts.receipt, name="receipt"),
    path("p/<b58:post_id>/", posts.post, name="post"),
    path("p/<b58:post_id>/edit/", composer.edit, name="edit"),
    path("p/<b58:post_id>/history/", history.versions, name="history"),
    path("p/<b58:post_id>/publish", posts.publish, name="publish"),
    path("p/<b58:post_id>/photos/<b58:photo_id>/retry", posts.retry, name="retry"),
    path("p/<b58:post_id>/like", likes.like, name="like"),
    path("p/<b58:post_id>/comments/", comments.comments, name="comments"),
    path("p/<b58:post_id>/comments/<b58:comment_id>/", comments.comment, name="comment"),
    path("renditions/<str:name>", media.public_rendition, name="rendition"),
    path("media/originals/<b58:photo_id>", media.original, name="original"),
    path("media/<str:name>", media.private_rendition, name="media"),
    path("deletions/<b58:post_id>/", deletions.deletion, name="deletion"),
    path("settings/avatar/", profiles.avatar, name="avatar"),
    path("settings/deletions/", deletions.deletions, name="deletions"),
    path("settings/storage/", storage.storage, name="storage"),
    path("@<str:username>/", profiles.profile, name="profile"),
]
