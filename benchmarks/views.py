"""The site's addresses, and beside them the views it is compared with."""

from collections.abc import Sequence

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import include, path

from accounts.requests import PageRequest
from feed.ranking.author_cap import spread_out
from notes_site.http.pagination import keyset_page
from posts.likes import shows_like_count
from posts.models import Like, Post, Save

# As on the site's own stream: both must draw the same cards.
CARDS_A_PAGE = 24
EAGER = 4


@login_not_required
def empty(_request: HttpRequest) -> HttpResponse:
    """Nothing at all."""
    return HttpResponse("empty")


@login_not_required
def empty_member(request: HttpRequest) -> HttpResponse:
    """Nothing, but for somebody known: the session and the person are read."""
    return HttpResponse(str(request.user.pk))


@login_not_required
def obvious(request: PageRequest) -> HttpResponse:
    """The stream as one writes it first: whole rows, every card rendered by the same template."""
    posts = Post.objects.visible_to(request.user).listed().select_related("author")
    page = keyset_page(posts, "hot", "", CARDS_A_PAGE)
    liked, saved = _of_viewer(Like, request, page.rows), _of_viewer(Save, request, page.rows)
    cards = [
        render_to_string(
            "components/card.html",
            {
                "post": post,
                "liked": post.pk in liked,
                "saved": post.pk in saved,
                "counted": shows_like_count(post, request.user),
                "signed_in": request.user.is_authenticated,
                "eager": number < EAGER,
            },
        )
        for number, post in enumerate(spread_out(page.rows, lambda post: post.author_id))
    ]
    context = {"cards": cards, "next_url": page.next_url(request), "tab": "for-you"}
    return render(request, "feed/stream.html", context)


def _of_viewer(kind: type[Like | Save], request: PageRequest, posts: Sequence[Post]) -> set[int]:
    """Which of the posts the viewer liked, or saved."""
    if not request.user.is_authenticated:
        return set()
    rows = kind.objects.filter(user=request.user.pk, post__in=posts)
    return set(rows.values_list("post_id", flat=True))


urlpatterns = [
    path("empty", empty),
    path("empty-member", empty_member),
    path("obvious", obvious),
    path("", include("notes_site.urls")),
]
handler400 = "notes_site.views.errors.bad_request"
handler404 = "notes_site.views.errors.not_found"
