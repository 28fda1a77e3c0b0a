"""A person's page: who they are and what they posted."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Follow, User
from accounts.requests import MemberRequest, PageRequest
from notes_site.answers import removes
from notes_site.pagination import bounded_count, keyset_page
from notes_site.rate_limits import count
from notes_site.storage import StorageUnavailableError
from posts import avatars, reasons, uploads
from posts.cards import render_cards
from posts.models import Post, Upload
from posts.reasons import RefusedError

CARDS_A_PAGE = 24
WAITING_SHOWN = 10


@login_not_required
@require_safe
def profile(request: PageRequest, username: str) -> HttpResponse:
    """The profile, with the posts the viewer may see, newest first."""
    person = User.objects.filter(
        username=username.lower(), is_active=True, suspended_at=None
    ).first()
    if person is None:
        raise Http404
    posts = Post.objects.visible_to(request.user).filter(author=person, state=Post.State.PUBLISHED)
    if request.user.pk != person.pk:
        posts = posts.exclude(audience=Post.Audience.UNLISTED)
    cursor = request.GET.get("cursor", "")
    page = keyset_page(
        posts.only("id", "version", "published_at"), "published_at", cursor, CARDS_A_PAGE
    )
    context = {
        "profile": person,
        "cards": render_cards(page.rows, request.user, first_page=not cursor),
        "next_url": page.next_url(request),
        "is_self": request.user.pk == person.pk,
        "waiting": _waiting(request, person),
    }
    if request.htmx and cursor:
        return render(request, "feed/_page.html", context)
    context |= {
        "post_count": bounded_count(posts),
        "follower_count": person.follower_count,
        "following_count": person.following_count,
        "following": Follow.objects.filter(follower=request.user.pk, followee=person.pk).exists(),
    }
    return render(request, "posts/profile.html", context)


def _waiting(request: PageRequest, person: User) -> list[Post]:
    """Posts on their way: only their author sees them, so for everyone else there are none."""
    posts = Post.objects.visible_to(request.user)
    waiting = posts.filter(author=person, author_id=request.user.pk, state=Post.State.PROCESSING)
    return list(waiting.order_by("-created_at")[:WAITING_SHOWN])


@require_http_methods(["POST", "DELETE"])
def avatar(request: MemberRequest) -> HttpResponse:
    """POST a new profile picture, or remove it with DELETE."""
    back = HttpResponseRedirect("/settings/profile/", status=303)
    if removes(request):
        avatars.replace(request.user, "")
        messages.success(request, _("Your picture is removed."))
        return back
    count(request, "upload")
    file = request.FILES.get("avatar")
    if file is None:
        messages.error(request, _("Choose a picture first."))
        return back
    try:
        uploads.receive(owner=request.user, file=file, purpose=Upload.Purpose.AVATAR)
    except RefusedError as error:
        messages.error(request, error.sentence)
    except StorageUnavailableError:
        messages.error(request, str(reasons.STORAGE_AWAY))
    else:
        messages.success(request, _("Your picture is being made ready; it appears in a moment."))
    return back
