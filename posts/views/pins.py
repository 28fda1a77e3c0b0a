"""Pin a post to the top of its author's profile."""

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _

from accounts.requests import MemberRequest
from notes_site.http.resources import resource
from notes_site.http.responses import is_delete, refuse_json, see_other, wants_json
from posts.models import Post
from posts.profile import pins
from posts.profile.pins import MAX_PINS, TooManyPinsError
from posts.views.access import own_post


@resource("pin")
def pin(request: MemberRequest, post_id: int) -> HttpResponse:
    """POST pins a post, DELETE unpins it. A fourth is refused with a sentence."""
    post = own_post(request, post_id)
    if is_delete(request):
        pins.unpin(post=post)
        messages.success(request, _("Unpinned from your profile."))
        return see_other(request, post.get_absolute_url())
    refused = _pin(post)
    if refused and wants_json(request):
        return refuse_json("pins", refused, 422)
    if refused:
        messages.warning(request, refused)
    else:
        messages.success(request, _("Pinned to your profile."))
    return see_other(request, post.get_absolute_url())


def _pin(post: Post) -> str:
    """Pin it; why that can't be, as a sentence, '' when it could."""
    try:
        pins.pin(post=post)
    except TooManyPinsError:
        sentence = _(
            "You already have %(most)d pinned posts, which is the limit. Unpin one of them first."
        )
        return sentence % {"most": MAX_PINS}
    except Post.DoesNotExist:
        return _("Only published posts can be pinned. Publish it first, then pin it.")
    return ""
