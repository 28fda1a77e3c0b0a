"""Comments."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.requests import MemberRequest
from notes_site.answers import removes
from notes_site.rate_limits import count
from posts import comments as writing
from posts.forms import CommentForm
from posts.models import Comment
from posts.views.access import visible_post
from posts.views.posts import post_context


@require_http_methods(["GET", "POST"])
def comments(request: MemberRequest, post_id: int) -> HttpResponse:
    """POST writes a comment; GET goes to where they stand."""
    post = visible_post(request, post_id)
    address = f"{post.get_absolute_url()}#comments"
    if request.method == "GET":
        return HttpResponseRedirect(address)
    count(request, "comment")
    form = CommentForm(request.POST)
    if not form.is_valid():
        context = post_context(request, post_id) | {"comment_form": form}
        return render(request, "posts/post.html", context, status=422)
    writing.write(author=request.user, post=post, text=form.cleaned_data["text"])
    return HttpResponseRedirect(address, status=303)


@require_http_methods(["POST", "DELETE"])
def comment(request: MemberRequest, post_id: int, comment_id: int) -> HttpResponse:
    """DELETE, by the comment's author or the post's."""
    post = visible_post(request, post_id)
    written = Comment.objects.filter(pk=comment_id, post=post, hidden_at=None).first()
    if written is None or request.user.pk not in (written.author_id, post.author_id):
        raise Http404
    if removes(request):
        writing.delete(written)
        messages.success(request, _("The comment is deleted."))
    return HttpResponseRedirect(reverse("posts:post", args=[post.pk]) + "#comments", status=303)
