"""One photo, for its owner: the editor, its edits, and the details others see."""

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import MemberRequest
from notes_site.http.rate_limits import count
from notes_site.http.responses import refuse_json, wants_json
from posts.authoring import photo_changes, photo_forms
from posts.authoring.photo_forms import EditsForm
from posts.imaging.edits import Edits, EditsError
from posts.imaging.presets import presets_json
from posts.imaging.specs import PLAIN
from posts.models import Photo, Rendition
from posts.pictures import Source
from posts.views.access import own_photo
from posts.views.media import send_object
from posts.views.uploads import upload_json

# What the editor's canvas holds at most, in pixels of width.
PREVIEW_WIDTH = 1080
# The editor opens inside the composer too, which has fields of its own.
FIELD_ID = "edit_%s"


@never_cache
@require_safe
def photo_edit(request: MemberRequest, photo_id: int) -> HttpResponse:
    """The editor of a photo: a plain form that the script makes a live one."""
    photo = own_photo(request, photo_id)
    form = EditsForm(initial=photo_forms.initial(Edits.from_json(photo.edits)), auto_id=FIELD_ID)
    return _page(request, photo, form, 200)


@require_http_methods(["POST"])
def photo_edits(request: MemberRequest, photo_id: int) -> HttpResponse:
    """Change a photo's edits: the upload in JSON, or 303; 422 names what can't be kept."""
    count(request, "upload")
    photo = own_photo(request, photo_id)
    try:
        if request.content_type == "application/json":
            edits = Edits.from_json(_edits_of(request.body))
        else:
            # A missing field means no edit, so a form with none of ours would remove every edit.
            if not request.POST.keys() & EditsForm.base_fields.keys():
                raise EditsError("shape")
            form = EditsForm(request.POST, auto_id=FIELD_ID)
            if not form.is_valid():
                return _refused(request, photo, form)
            edits = form.cleaned_data["edits"]
    except EditsError as error:
        return refuse_json("edits", photo_forms.sentence(error), 422)
    try:
        changed = photo_changes.change_edits(photo, edits)
    except Photo.DoesNotExist as error:
        raise Http404 from error
    if wants_json(request):
        return JsonResponse(upload_json(own_photo(request, photo_id).upload))
    if changed:
        messages.success(request, _("Your edits are saved. The photo will change in a moment."))
    return HttpResponseRedirect(_next(request, photo), status=303)


@require_http_methods(["POST"])
def shown(request: MemberRequest, photo_id: int) -> HttpResponse:
    """Say which details of a photo others see (`shown`, repeatable): JSON or 303."""
    count(request, "upload")
    photo = own_photo(request, photo_id)
    try:
        photo_changes.change_shown(photo, request.POST.getlist("shown"))
    except photo_changes.UnknownDetailError:
        sentence = _("We don’t know one of the selected details. Nothing was changed.")
        return refuse_json("shown", sentence, 422)
    except Photo.DoesNotExist as error:
        raise Http404 from error
    if wants_json(request):
        return JsonResponse(upload_json(own_photo(request, photo_id).upload))
    return HttpResponseRedirect(_next(request, photo), status=303)


@require_safe
def photo_preview(request: MemberRequest, photo_id: int) -> HttpResponseBase:
    """The unedited picture the editor draws from, for its owner alone; 404 while there is none.

    Always from here, wherever public renditions lie: a canvas with another site's picture in it
    can't be read.
    """
    found = preview_of(own_photo(request, photo_id))
    if found is None:
        raise Http404
    return send_object(found.key, cache="private, no-store")


def preview_of(photo: Photo) -> Rendition | None:
    """The photo's unedited rendition of at most 1080 pixels' width; None while there is none."""
    plain = [each for each in photo.renditions.all() if each.spec == PLAIN]
    if plain:
        return plain[-1]
    current = photo.whole_renditions
    # With all edits removed, renditions of a later version still show the photo as it came.
    reset = not photo.edits and photo.state == Photo.State.READY
    if not current or (current[0].edits_version and not reset):
        return None
    return ([each for each in current if each.width <= PREVIEW_WIDTH] or current)[-1]


def _edits_of(body: bytes) -> Any:
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise EditsError("shape") from error
    return sent.get("edits") if isinstance(sent, dict) else None


def _refused(request: MemberRequest, photo: Photo, form: EditsForm) -> HttpResponse:
    if not wants_json(request):
        return _page(request, photo, form, 422)
    field, problems = next(iter(form.errors.items()))
    label = photo_forms.FIELD_LABELS.get(field)
    sentence = f"{label}: {problems[0]}" if label else problems[0]
    return refuse_json("edits", str(sentence), 422)


def _next(request: MemberRequest, photo: Photo) -> str:
    """Where to go afterwards: the `next` given when it is one of our paths, else to the post."""
    given = request.POST.get("next") or request.GET.get("next", "")
    if given.startswith("/") and url_has_allowed_host_and_scheme(given, allowed_hosts=None):
        return given
    return photo.post.get_absolute_url() if photo.post else reverse("posts:new")


def _page(request: MemberRequest, photo: Photo, form: EditsForm, status: int) -> HttpResponse:
    renditions = [each for each in photo.whole_renditions if each.width <= PREVIEW_WIDTH]
    context = {
        "photo": photo,
        "form": form,
        "next": _next(request, photo),
        "shown": Source(renditions[-1].key, renditions[-1].width) if renditions else None,
        "shown_size": renditions[-1] if renditions else None,
        "preview": reverse("posts:photo_preview", args=[photo.pk]) if preview_of(photo) else "",
        "presets": presets_json(),
    }
    return render(request, "posts/photo_edit.html", context, status=status)
