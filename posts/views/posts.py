"""A post's own pages: reading, editing, deleting, and the photos that failed."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from notes_site.http.rate_limits import count
from notes_site.http.responses import is_delete, refuse_json, wants_json
from posts.authoring import publishing
from posts.cards import marks
from posts.likes import shows_like_count
from posts.models import Photo, Post
from posts.models.post import UNPUBLISHED
from posts.text.captions import to_html
from posts.uploading import uploads
from posts.views.access import own_post, visible_post
from posts.views.conversation import conversation


@login_not_required
@require_http_methods(["GET", "HEAD", "POST", "DELETE"])
def post(request: HttpRequest, post_id: int) -> HttpResponse:
    """GET shows a post; DELETE, by its author, takes it away."""
    if request.method in ("GET", "HEAD"):
        context = post_context(request, post_id)
        if context["post"].published_at:
            context["comments"] = conversation(request, context["post"])
        return render(request, "posts/post.html", context)
    # Visitors may look, so the middleware lets them in; changes ask for a sign-in here.
    if not request.user.is_authenticated:
        if wants_json(request):
            return refuse_json("signed_out", _("You are signed out. Sign in and try again."), 401)
        return redirect_to_login(request.path)
    found = own_post(request, post_id)
    if not is_delete(request):
        return refuse_json("method", _("A post can only be read or deleted here."), 405)
    publishing.delete_post(found)
    messages.success(request, _("Your post was deleted. Its photos are being erased."))
    return HttpResponseRedirect(reverse("posts:deletion", args=[found.pk]), status=303)


def post_context(request: HttpRequest, post_id: int) -> dict[str, Any]:
    """What the page of a post shows above the comments; 404 when the viewer may not see it."""
    found = visible_post(request, post_id)
    photos = list(found.photos.prefetch_related("renditions"))
    if found.author_id != request.user.pk:
        # Held ones, and those that were added and are not ready, are their author's alone so far.
        photos = [photo for photo in photos if photo.is_shown]
    viewer = request.user
    done = marks([found], viewer)[found.pk]
    return {
        "post": found,
        "photos": photos,
        "caption_html": to_html(found.caption, found.mentions),
        "acts": {
            "liked": "liked" in done,
            "saved": "saved" in done,
            "counted": shows_like_count(found, viewer),
            "signed_in": viewer.is_authenticated,
        },
        "is_author": found.author_id == viewer.pk,
        # Nobody decides about their own.
        "can_moderate": found.author_id != viewer.pk
        and viewer.is_authenticated
        and viewer.is_moderator,
        "progress": {
            "ready": sum(photo.state == Photo.State.READY for photo in photos),
            "failed": sum(photo.state == Photo.State.FAILED for photo in photos),
        },
        # A moderator takes longer than a worker.
        "is_held": any(photo.held_at and photo.state == Photo.State.READY for photo in photos),
    }


@require_http_methods(["POST"])
def publish(request: HttpRequest, post_id: int) -> HttpResponse:
    """Publish a waiting post without the photos that failed, or an unpublished one now."""
    found = own_post(request, post_id)
    if found.state in UNPUBLISHED:
        if found.audience == Post.Audience.LIST and found.people_list_id is None:
            sentence = _("Choose which of your lists can see it, then publish it.")
            messages.info(request, sentence)
        elif not publishing.publish_now(found):
            messages.info(request, _("A post needs at least one photo. Add one, then publish it."))
    elif not publishing.publish_without_failed(found):
        messages.info(request, _("The post will appear as soon as its other photos are ready."))
    return HttpResponseRedirect(found.get_absolute_url(), status=303)


@require_http_methods(["POST"])
def retry(request: HttpRequest, post_id: int, photo_id: int) -> HttpResponse:
    """Try one failed photo again."""
    count(request, "upload")
    found = own_post(request, post_id)
    uploads.retry(get_object_or_404(found.photos, pk=photo_id))
    return HttpResponseRedirect(found.get_absolute_url(), status=303)
