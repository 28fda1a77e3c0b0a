"""Bytes: public renditions of the default stack, and everything that asks who is looking."""

import re

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from notes_site.storage import (
    A_YEAR,
    PRIVATE,
    PUBLIC,
    content_type,
    media,
    public_url,
)
from posts.imaging.specs import PLAIN
from posts.models import Photo, Post, Rendition

# What `random_key` and the pipeline make; nothing else ever reaches storage or the database.
NAME = re.compile(r"[1-9A-Za-z]{22}\.[a-z0-9]{3,4}", re.ASCII)
BLOCK_BYTES = 65_536


def send_object(key: str, *, cache: str, name: str = "") -> HttpResponseBase:
    """An object's bytes, as a download when it has a `name`; 404 when there is none."""
    try:
        file = media().open(key)
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(
        file, content_type=content_type(key), as_attachment=bool(name), filename=name
    )
    response.block_size = BLOCK_BYTES
    response["Content-Length"] = file.size
    response["Cache-Control"] = cache
    # Should a browser ever take these bytes for a page, none of it runs.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@login_not_required
@require_safe
def public_rendition(request: HttpRequest, name: str) -> HttpResponseBase:
    """A public rendition, where the application serves files itself; cached for a year."""
    if settings.STORAGE_PUBLIC_URL != "/renditions/" or not NAME.fullmatch(name):
        raise Http404
    response = send_object(PUBLIC + name, cache=A_YEAR)
    # Readers of feeds and sites that embed a post show it, as they do from a store's own address.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@login_not_required
@require_safe
def private_rendition(request: HttpRequest, name: str) -> HttpResponseBase:
    """A rendition that is not public, or not yet: `visible_to` is asked on every fetch."""
    if not NAME.fullmatch(name):
        raise Http404
    rendition = get_object_or_404(
        Rendition.objects.select_related("photo"),
        key__in=[f"{PRIVATE}renditions/{name}", PUBLIC + name],
    )
    if not _may_see(request, rendition.photo):
        raise Http404
    if rendition.spec == PLAIN and rendition.photo.owner_id != request.user.pk:
        # What its author cropped away is theirs alone.
        raise Http404
    if rendition.key.startswith(PUBLIC):
        # It was published since the page was made.
        return redirect(public_url(rendition.key))
    try:
        return send_object(rendition.key, cache="private, no-store")
    except Http404:
        # Moved between our look at its row and at its object? Then the row tells where to.
        moved = Rendition.objects.filter(pk=rendition.pk, key=PUBLIC + name).exists()
        if not moved:
            raise
        return redirect(public_url(PUBLIC + name))


@require_safe
def original(request: HttpRequest, photo_id: int) -> HttpResponseBase:
    """An original, byte for byte, for its owner and nobody else."""
    photo = get_object_or_404(Photo, pk=photo_id, owner=request.user.pk)
    ending = {"jpeg": "jpg", "heif": "heic"}.get(photo.format.lower(), photo.format.lower())
    return send_object(
        photo.original_key, cache="private, no-store", name=f"original-{photo.code}.{ending}"
    )


def _may_see(request: HttpRequest, photo: Photo) -> bool:
    if photo.held_at is not None:
        # Wherever it stands: its owner, and whoever is to decide about it (decision 0011).
        return photo.owner_id == request.user.pk or (
            request.user.is_authenticated and request.user.is_moderator
        )
    if photo.post_id is None:
        return photo.owner_id == request.user.pk
    return Post.objects.visible_to(request.user).filter(pk=photo.post_id).exists()


# Middleware then answers errors in one line of text: no page fits where a picture goes.
public_rendition.answers_bytes = True  # type: ignore[attr-defined]
private_rendition.answers_bytes = True  # type: ignore[attr-defined]
original.answers_bytes = True  # type: ignore[attr-defined]
