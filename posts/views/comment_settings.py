"""What a person wants of the comments under their posts."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.requests import MemberRequest
from notes_site.http.rate_limits import count
from posts.commenting.forms import CommentRulesForm
from posts.commenting.rules import change_rules


@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: MemberRequest) -> HttpResponse:
    """Who may comment on new posts, whether comments are approved first, words to hold back."""
    # Not request.user: validating the form writes what was typed into its instance.
    person = User.objects.get(pk=request.user.pk)
    form = CommentRulesForm(request.POST or None, instance=person)
    if request.method == "POST":
        count(request, "profile")
        if form.is_valid():
            change_rules(person=request.user, **form.cleaned_data)
            messages.success(request, _("Your settings are saved."))
            return HttpResponseRedirect(reverse("posts:comment_settings"), status=303)
    status = 422 if form.errors else 200
    return render(request, "posts/comment_settings.html", {"form": form}, status=status)
