"""Writing, changing and deleting comments, and the threads they stand in."""

import re
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import MemberRequest, PageRequest
from notes_site.http.rate_limits import TooManyRequestsError, count
from notes_site.http.responses import is_delete
from notes_site.ids import decode
from posts.commenting import comments
from posts.commenting.forms import CommentForm
from posts.commenting.rules import why_too_often
from posts.models import Comment, Post
from posts.views.access import visible_comment, visible_post
from posts.views.conversation import (
    Conversation,
    Draft,
    collapsed_thread,
    conversation,
    single_thread,
    thread_address,
)
from posts.views.posts import post_context

# No id is longer: 63 bits in base 58.
CODE = re.compile(r"\w{1,11}", re.ASCII)


@require_http_methods(["GET", "POST"])
def write(request: MemberRequest, post_id: int) -> HttpResponse:
    """POST writes a comment, or with `parent` an answer; GET goes to where they stand."""
    post = visible_post(request, post_id)
    if request.method == "GET":
        return HttpResponseRedirect(all_comments(post))
    parent = _named(request, post, request.POST.get("parent", ""))
    draft = _typed(request)
    written = None
    if not draft.problem:
        draft, written = _write(request, post, draft, parent)
    if parent is not None:
        first = _first(parent)
        return _thread(request, post, first, draft, at=written or parent, answer=draft)
    if written is None:
        return _refused(request, post, draft)
    if not request.htmx:
        return HttpResponseRedirect(all_comments(post), status=303)
    # The post is read again for its new number of comments.
    around = collapsed_thread(request, visible_post(request, post.pk), written)
    return render(request, "posts/_comment_added.html", {"comments": around})


@require_http_methods(["GET", "POST", "DELETE"])
def comment(request: MemberRequest, post_id: int, comment_id: int) -> HttpResponse:
    """GET goes to where it stands, POST changes its words, DELETE takes it away."""
    if is_delete(request):
        count(request, "comment_care")
    post = visible_post(request, post_id)
    found = visible_comment(request, post, comment_id)
    if request.method == "GET":
        return HttpResponseRedirect(_to(found))
    if is_delete(request):
        return _delete(request, post, found)
    if found.author_id != request.user.pk:
        raise Http404
    draft = _typed(request, found)
    if not draft.problem and not comments.edit(comment=found, text=draft.text):
        sentence = _("A comment can be edited for 15 minutes. Delete it, or add to it below.")
        draft = Draft(draft.text, sentence, status=422)
    return _thread(request, post, _first(found), draft, at=found, editing=draft)


@login_not_required
@require_safe
def replies(request: PageRequest, post_id: int, comment_id: int) -> HttpResponse:
    """One thread with its answers: as a page, or as a piece of the page it is unfolded on."""
    post = visible_post(request, post_id)
    first = _first(visible_comment(request, post, comment_id))
    if request.htmx and "folded" in request.GET:
        return render(request, "posts/_thread.html", _piece(collapsed_thread(request, post, first)))
    around = single_thread(request, post, first, **_asked(request, post, first))
    if request.htmx:
        return render(request, "posts/_thread.html", _piece(around))
    context = post_context(request, post_id) | {"comments": around}
    return render(request, "posts/post.html", context)


def all_comments(post: Post) -> str:
    """Where the comments under a post stand."""
    return f"{post.get_absolute_url()}#comments"


def _write(
    request: MemberRequest, post: Post, draft: Draft, parent: Comment | None
) -> tuple[Draft, Comment | None]:
    try:
        written = comments.write(
            author=request.user,
            post=post,
            text=draft.text,
            parent=parent,
            submission_key=draft.key,
        )
    except comments.ClosedError as refusal:
        return Draft(draft.text, refusal.sentence, draft.key, 422), None
    except comments.GoneError:
        sentence = _(
            "The comment you replied to was deleted in the meantime. What you wrote is still here."
        )
        return Draft(draft.text, sentence, draft.key, 422), None
    return draft, written


def _delete(request: MemberRequest, post: Post, found: Comment) -> HttpResponse:
    if request.user.pk not in (found.author_id, post.author_id):
        raise Http404
    comments.delete(found)
    # In the list of what waits, the target is all the comments, and htmx follows the redirect.
    if request.htmx and request.htmx.target != "comments":
        return _thread(request, post, _first(found), Draft())
    messages.success(request, _("The comment was deleted."))
    return HttpResponseRedirect(all_comments(post), status=303)


def _typed(request: MemberRequest, changed: Comment | None = None) -> Draft:
    """What came with the form, and what is wrong with it; counts the try."""
    typed = request.POST.get("text", "")
    key = request.POST.get("submission_key", "")
    key = key if re.fullmatch(r"\w{1,40}", key, re.ASCII) else ""
    try:
        count(request, "comment")
    except TooManyRequestsError as error:
        sentence = _("That was a lot in a short time. What you wrote is still here: send it later.")
        return Draft(typed, sentence, key, 429, error.retry_after)
    form = CommentForm(request.POST)
    if not form.is_valid():
        sentences = [str(sentence) for sentence in form.errors.get("text", [])]
        return Draft(typed, " ".join(sentences), key, 422)
    text = form.cleaned_data["text"]
    if sentence := why_too_often(request.user, text, key=key, but=changed.pk if changed else 0):
        return Draft(text, sentence, key, 422)
    return Draft(text, key=key)


def _refused(request: MemberRequest, post: Post, draft: Draft) -> HttpResponse:
    """The form for a comment again, with everything typed, alone or on its page."""
    if request.htmx:
        around = replace(collapsed_thread(request, post, None), typed=draft)
        context = {"comments": around}
        response = render(request, "posts/_comment_form.html", context, status=draft.status)
        # The form targets the list of comments, which is where an accepted one goes.
        response["HX-Retarget"], response["HX-Reswap"] = "#comment-form", "outerHTML"
    else:
        around = replace(conversation(request, post), typed=draft)
        context = post_context(request, post.pk) | {"comments": around}
        response = render(request, "posts/post.html", context, status=draft.status)
    return _with_patience(response, draft)


def _thread(
    request: MemberRequest, post: Post, first: Comment, draft: Draft, **shown: Any
) -> HttpResponse:
    """The thread as it stands after an answer, a change or a deletion, or with the form again."""
    if not draft.problem:
        shown = {"at": shown.get("at")}
        if not request.htmx:
            return HttpResponseRedirect(_to(shown["at"] or first), status=303)
    # Read again, as its number of comments may have changed.
    post = visible_post(request, post.pk)
    found = Comment.objects.visible_to(request.user).filter(post=post, pk=first.pk)
    first = found.select_related("author", "post").first()  # type: ignore[assignment]
    if first is None:
        context = {"comments": collapsed_thread(request, post, None)}
        return render(request, "posts/_thread_gone.html", context)
    around = single_thread(request, post, first, **shown)
    if request.htmx:
        context = _piece(around) | {"is_piece": True}
        response = render(request, "posts/_thread.html", context, status=draft.status)
    else:
        context = post_context(request, post.pk) | {"comments": around}
        response = render(request, "posts/post.html", context, status=draft.status)
    return _with_patience(response, draft)


def _piece(around: Conversation) -> dict[str, Any]:
    """The only thread of a conversation, to be put into the page that shows it."""
    return {"comments": around, "thread": around.threads[0]}


def _with_patience(response: HttpResponse, draft: Draft) -> HttpResponse:
    if draft.retry_after:
        response["Retry-After"] = str(draft.retry_after)
    return response


def _asked(request: HttpRequest, post: Post, first: Comment) -> dict[str, Any]:
    """What the address of a thread asks to be shown of it: a form to answer or to change, a place.

    Names of comments that the viewer can't see ask for nothing.
    """
    asked = request.GET
    if code := asked.get("edit"):
        return {"editing": Draft(), "at": _found(request, post, code)}
    at = _found(request, post, asked.get("reply") or asked.get("at") or "") or first
    if "reply" not in asked:
        return {"at": at}
    # Answers are one level deep, so the name says which of them is answered.
    named = at.author if at.parent_id and at.author_id != request.user.pk else None
    return {"at": at, "answer": Draft(f"@{named.username} " if named else "")}


def _found(request: HttpRequest, post: Post, code: str) -> Comment | None:
    if not CODE.fullmatch(code):
        return None
    try:
        return visible_comment(request, post, decode(code))
    except (Http404, ValueError):
        return None


def _named(request: HttpRequest, post: Post, code: str) -> Comment | None:
    """The comment a form names; None for none, 404 for what the viewer may not see."""
    if not code:
        return None
    found = _found(request, post, code)
    if found is None:
        raise Http404
    return found


def _first(found: Comment) -> Comment:
    return found.parent or found


def _to(found: Comment) -> str:
    first = _first(found)
    at = "" if found == first else f"?at={found.code}"
    return f"{thread_address(first)}{at}#comment-{found.code}"
