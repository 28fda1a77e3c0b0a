"""Writing, changing and deleting comments, answering and liking them."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import MemberRequest, PageRequest
from notes_site.answers import removes, see_other
from notes_site.rate_limits import TooManyRequestsError, count
from posts import comments as flow
from posts.comment_rules import why_flood
from posts.forms import CommentForm
from posts.models import Comment, Post
from posts.views.access import visible_comment, visible_post
from posts.views.conversation import Draft, conversation, folded, unfolded
from posts.views.posts import post_context

# A part of a page's context that shows comments, and where in it a form stands.
Shown = Callable[[], dict[str, Any]]


@require_http_methods(["GET", "POST"])
def comments(request: MemberRequest, post_id: int) -> HttpResponse:
    """POST writes a comment, with `parent` an answer; GET goes to where they stand."""
    post = visible_post(request, post_id)
    if request.method == "GET":
        return HttpResponseRedirect(_to_all(post))
    parent = _parent(request, post)
    draft, status = _checked(request)
    written = None
    if not draft.problem:
        try:
            written = flow.write(
                author=request.user,
                post=post,
                text=draft.text,
                parent=parent,
                submission_key=draft.key,
            )
        except flow.RefusedCommentError as refusal:
            draft, status = Draft(draft.text, refusal.sentence), 422
        except flow.GoneError:
            draft, status = Draft(draft.text, _("What you answered is gone. Your words are here.")), 422
    if parent is not None and (written is None or written.parent is not None):
        return _after_answer(request, post, _first(parent), draft, status, written)
    if written is None:
        return _refused(request, post, draft, status)
    if not request.htmx:
        return HttpResponseRedirect(_to_all(post), status=303)
    return render(request, "posts/_comment_added.html", folded(request, _again(post), written))


@require_http_methods(["GET", "POST", "DELETE"])
def comment(request: MemberRequest, post_id: int, comment_id: int) -> HttpResponse:
    """GET goes to where it stands, POST changes its words, DELETE takes it away."""
    post = visible_post(request, post_id)
    found = visible_comment(request, post, comment_id)
    if request.method == "GET":
        address = f"{_to_thread(_first(found))}?at={found.code}#comment-{found.code}"
        return HttpResponseRedirect(address)
    if removes(request):
        return _delete(request, post, found)
    return _edit(request, post, found)


@login_not_required
@require_safe
def replies(request: PageRequest, post_id: int, comment_id: int) -> HttpResponse:
    """One thread with its answers: as a page, or as a piece of the page it is unfolded on."""
    post = visible_post(request, post_id)
    first = _first(visible_comment(request, post, comment_id))
    if request.htmx and "folded" in request.GET:
        return render(request, "posts/_thread.html", folded(request, post, first))
    asked = request.GET
    shown = partial(unfolded, request, post, first)
    if answered := asked.get("reply"):
        context = shown(answer=Draft(_greeting(request, post, first, answered)), at=_at(request, post))
    elif edited := asked.get("edit"):
        context = shown(editing=(edited, None), at=_at(request, post))
    else:
        context = shown(at=_at(request, post))
    if request.htmx:
        return render(request, "posts/_thread.html", context)
    return render(request, "posts/post.html", post_context(request, post_id) | context)


@require_http_methods(["POST", "DELETE"])
def like(request: MemberRequest, post_id: int, comment_id: int) -> HttpResponse:
    """POST likes a comment, DELETE takes it back; both may be repeated."""
    count(request, "like")
    post = visible_post(request, post_id)
    found = visible_comment(request, post, comment_id)
    change = flow.unlike if removes(request) else flow.like
    change(user=request.user, comment=found)
    if not request.htmx:
        return see_other(request, _to_all(post))
    context = {
        "post": post,
        "comment": Comment.objects.get(pk=found.pk),
        "liked": not removes(request),
        "signed_in": True,
    }
    return render(request, "posts/_comment_like.html", context)


@require_http_methods(["POST", "DELETE"])
def pin(request: MemberRequest, post_id: int, comment_id: int) -> HttpResponse:
    """POST puts a comment first, DELETE back in its place; for the author of the post."""
    post, found = _to_care_for(request, post_id, comment_id)
    try:
        flow.unpin(found) if removes(request) else flow.pin(found)
    except flow.TooManyPinsError:
        sentence = _("%(most)d comments are pinned already. Unpin one of them first.")
        messages.info(request, sentence % {"most": flow.MOST_PINNED})
    return HttpResponseRedirect(_to_all(post), status=303)


@require_POST
def approve(request: MemberRequest, post_id: int, comment_id: int) -> HttpResponse:
    """Let a comment appear that waited; for the author of the post."""
    post, found = _to_care_for(request, post_id, comment_id)
    if flow.approve(found):
        messages.success(request, _("The comment is there for everyone now."))
    return HttpResponseRedirect(_to_all(post), status=303)


def _edit(request: MemberRequest, post: Post, found: Comment) -> HttpResponse:
    if found.author_id != request.user.pk:
        raise Http404
    draft, status = _checked(request, found)
    if not draft.problem and not flow.edit(comment=found, text=draft.text):
        sentence = _("A comment can be changed for 15 minutes. Delete it and write it anew.")
        draft, status = Draft(draft.text, sentence), 422
    first = _first(found)
    if draft.problem:
        shown = partial(unfolded, request, post, first, editing=(found.code, draft), at=found)
        return _with_problem(request, shown, draft, status)
    if not request.htmx:
        return HttpResponseRedirect(f"{_to_thread(first)}#comment-{found.code}", status=303)
    return _thread(request, post, first, at=found)


def _delete(request: MemberRequest, post: Post, found: Comment) -> HttpResponse:
    if request.user.pk not in (found.author_id, post.author_id):
        raise Http404
    count(request, "comment_care")
    flow.delete(found)
    if request.htmx and request.htmx.target != "comments":
        return _thread(request, post, _first(found))
    messages.success(request, _("The comment is deleted."))
    return HttpResponseRedirect(_to_all(post), status=303)
