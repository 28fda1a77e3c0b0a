"""Receiving one file at a time, in JSON."""

from typing import Any

from django.http import JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.requests import MemberRequest
from notes_site.http.rate_limits import count
from notes_site.http.responses import is_delete, refuse_json
from posts.imaging.specs import PLAIN
from posts.models import Photo, Upload
from posts.pictures import Source
from posts.pipeline import recognition
from posts.reasons import RefusedError
from posts.uploading import uploads


def upload_json(upload: Upload) -> dict[str, Any]:
    """What a client needs of an upload: id, state, size in pixels, placeholder, preview.

    It is for the owner alone: it tells what the file carries, its place too.
    """
    photo = upload.photo
    picture = photo.picture
    return {
        **_state(photo),
        **_details(photo),
        "id": upload.code,
        "used": upload.used_at is not None,
        "name": upload.name,
        "width": photo.width,
        "height": photo.height,
        "bytes": photo.bytes,
        "sha256": photo.sha256,
        "thumbhash": photo.thumbhash,
        "preview": picture.sources[0].url if picture else None,
        "square": photo.square,
        "original": reverse("posts:original", args=[photo.pk]),
    }


def _state(photo: Photo) -> dict[str, Any]:
    """How far it is, in percent, and what keeps it from being shown."""
    return {
        "state": photo.state,
        "percent": photo.percent,
        "reason": photo.reason_text,
        "held": photo.held_at is not None and photo.state == Photo.State.READY,
        "duplicate_of": _duplicate(photo),
    }


def _details(photo: Photo) -> dict[str, Any]:
    """What the file carries, what of it is shown, what was edited, and where to see to each."""
    plain = next((each for each in photo.renditions.all() if each.spec == PLAIN), None)
    return {
        "photo": photo.code,
        "metadata": photo.metadata,
        "shown": photo.shown,
        "edits": photo.edits,
        "edits_version": photo.edits_version,
        "plain": Source(plain.key, plain.width).url if plain else None,
        "edit_url": reverse("posts:photo_edit", args=[photo.pk]),
        "receipt_url": reverse("posts:receipt", args=[photo.pk]),
    }


def _duplicate(photo: Photo) -> dict[str, str] | None:
    """The owner's earlier post of the same picture: a hint, never a hindrance."""
    earlier = recognition.duplicate_of(photo)
    if earlier is None or earlier.post is None:
        return None
    return {"url": earlier.post.get_absolute_url(), "title": earlier.post.title}


@require_http_methods(["POST"])
def receive(request: MemberRequest) -> JsonResponse:
    """POST one `file`: 201, or 200 for the same Idempotency-Key and bytes as before."""
    count(request, "upload")
    file = request.FILES.get("file")
    if file is None:
        return refuse_json("no_file", _("No file was attached. Choose one and try again."), 422)
    try:
        upload, new = uploads.receive(
            owner=request.user,
            file=file,
            idempotency_key=request.headers.get("Idempotency-Key", "")[:100],
        )
    except RefusedError as error:
        return refuse_json(error.code, error.sentence, error.status)
    except uploads.KeyReusedError:
        sentence = _("This Idempotency-Key was used for another file. Send a new one.")
        return refuse_json("key_reused", sentence, 409)
    return JsonResponse(upload_json(upload), status=201 if new else 200)


@never_cache
@require_http_methods(["GET", "POST", "DELETE"])
def upload(request: MemberRequest, upload_id: int) -> JsonResponse:
    """GET tells how an upload stands; DELETE throws it away. Another's is 404."""
    found = (
        Upload.objects.filter(pk=upload_id, owner=request.user.pk)
        .select_related("photo")
        .prefetch_related("photo__renditions")
        .first()
    )
    if found is None:
        return refuse_json("not_found", _("You have no such upload."), 404)
    if request.method == "GET":
        return JsonResponse(upload_json(found))
    if not is_delete(request):
        return refuse_json("method", _("An upload can only be read or removed."), 405)
    if not uploads.discard(found.pk):
        sentence = _("This photo is already in a post. Delete it there.")
        return refuse_json("in_use", sentence, 409)
    return JsonResponse({"id": found.code, "state": "removed"})


# Middleware then answers errors in JSON here, whatever the Accept header says.
receive.answers_json = True  # type: ignore[attr-defined]
upload.answers_json = True  # type: ignore[attr-defined]
