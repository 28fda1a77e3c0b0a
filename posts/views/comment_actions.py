"""Liking, pinning and approving comments."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import MemberRequest
from notes_site.http.rate_limits import count
from notes_site.http.resources import resource
from notes_site.http.responses import is_delete, see_other
from posts.commenting import comments
from posts.models import Comment, Post
from posts.views.access import visible_comment, visible_post
from posts.views.comments import all_comments


@resource("like")
def like(request: MemberRequest, post_id: int, comment_id: int) -> HttpResponse:
    """POST likes a comment, DELETE takes it back."""
    post = visible_post(request, post_id)
    found = visible_comment(request, post, comment_id)
    change = comments.unlike if is_delete(request) else comments.like
    change(user=request.user, comment=found)
    if not request.htmx:
        return see_other(request, all_comments(post))
    context = {
        "post": post,
        # Read again for the new number of likes; if it was deleted meanwhile, shown as it was.
        "comment": Comment.objects.filter(pk=found.pk).first() or found,
        "liked": not is_delete(request),
        "signed_in": True,
    }
    return render(request, "posts/_comment_like.html", context)


@resource("comment_care")
def pin(request: MemberRequest, post_id: int, comment_id: int) -> HttpResponse:
    """POST puts a comment first, DELETE back in its place; for the author of the post."""
    post, found = _to_care_for(request, post_id, comment_id)
    try:
        if is_delete(request):
            comments.unpin(found)
        elif not comments.pin(found):
            messages.info(request, _("Only comments that everyone can see can be pinned."))
    except comments.TooManyPinsError:
        sentence = _("%(most)d comments are already pinned. Unpin one of them first.")
        messages.info(request, sentence % {"most": comments.MAX_PINNED})
    return HttpResponseRedirect(all_comments(post), status=303)


@require_POST
def approve(request: MemberRequest, post_id: int, comment_id: int) -> HttpResponse:
    """Let a comment appear that waited; for the author of the post."""
    count(request, "comment_care")
    post, found = _to_care_for(request, post_id, comment_id)
    if comments.approve(found):
        messages.success(request, _("Everyone can see the comment now."))
    return HttpResponseRedirect(all_comments(post), status=303)


def _to_care_for(request: MemberRequest, post_id: int, comment_id: int) -> tuple[Post, Comment]:
    """A comment under the viewer's own post; 404 under anybody else's."""
    post = visible_post(request, post_id)
    found = visible_comment(request, post, comment_id)
    if post.author_id != request.user.pk:
        raise Http404
    return post, found
