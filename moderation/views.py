"""Telling the moderators of a post, a comment or an account."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.requests import MemberRequest
from accounts.views.access import blockable_person
from moderation import reports
from moderation.forms import ReportForm
from notes_site.http.rate_limits import count
from posts.models import Comment, Post
from posts.views.access import visible_comment, visible_post

METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
def report_post(request: MemberRequest, post_id: int) -> HttpResponse:
    """Report somebody else's post; 404 for one's own."""
    post = visible_post(request, post_id)
    return _report(request, post, post.author, post.get_absolute_url())


@require_http_methods(METHODS)
def report_comment(request: MemberRequest, post_id: int, comment_id: int) -> HttpResponse:
    """Report somebody else's comment."""
    post = visible_post(request, post_id)
    comment = visible_comment(request, post, comment_id)
    return _report(request, comment, comment.author, f"{post.get_absolute_url()}#comments")


@require_http_methods(METHODS)
def report_person(request: MemberRequest, username: str) -> HttpResponse:
    """Report an account; whoever blocked somebody may still report them."""
    person = blockable_person(request, username)
    return _report(request, person, person, person.get_absolute_url())


def _report(
    request: MemberRequest, target: Post | Comment | User, author: User | None, back: str
) -> HttpResponse:
    if author is None or author.pk == request.user.pk:
        raise Http404
    form = ReportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        count(request, "report")
        is_new = reports.report(reporter=request.user, target=target, **form.cleaned_data)
        messages.success(
            request,
            _(
                "Thanks for reporting it. A moderator will look at it, and you’ll hear what they"
                " decide."
            )
            if is_new
            else _("You’ve reported this already. A moderator will look at it."),
        )
        return HttpResponseRedirect(back, status=303)
    context = {"form": form, "target": target, "author": author, "back": back}
    return render(request, "moderation/report.html", context, status=422 if form.errors else 200)
