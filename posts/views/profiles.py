"""A person's page: who they are and what they posted."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.models.user import in_good_standing
from accounts.profile.renaming import current_username
from accounts.requests import PageRequest
from accounts.social import relations
from notes_site.http.pagination import COUNTED, bounded_count, keyset_page
from posts.cards import render_cards
from posts.collecting.covers import covers
from posts.models import Collection, Post
from posts.profile import contents
from posts.text.captions import mentions_in, to_html

CARDS_A_PAGE = 24
COLLECTIONS_A_PAGE = 24
WAITING_SHOWN = 10
POSTS, LIKED, COLLECTIONS = "posts", "liked", "collections"


class ProfileTab(NamedTuple):
    """A shelf of a profile, as the way to it shows it."""

    label: str
    icon: str


class LikedPost(NamedTuple):
    """A liked post, as its card is looked up."""

    pk: int
    version: int


@login_not_required
@require_safe
def profile(request: PageRequest, username: str) -> HttpResponse:
    """Who somebody is, and what they posted, liked or collected, as far as the viewer may see it.

    The blocker of somebody finds a way back; a name that was given up leads to the new one.
    """
    person = User.objects.visible_to(request.user).filter(username=username.lower()).first()
    if person is None:
        return _elsewhere(request, username.lower())
    relation = relations.relation(request.user, person)
    is_open = relations.is_open_to(request.user, person, relation)
    tabs = _tabs(request, person) if is_open else {}
    tab = request.GET.get("tab", "")
    if tab not in tabs:
        tab = POSTS
    rows, template = SHELVES[tab](request, person)
    if request.htmx and request.GET.get("cursor"):
        return render(request, template, rows)
    context = rows | {
        "profile": person,
        "relation": relation,
        "is_open": is_open,
        "is_self": request.user.pk == person.pk,
        "bio_html": to_html(person.bio, _mentioned(request, person)),
        "links": contents.links_of(person),
        "tabs": tabs,
        "tab": tab,
        "waiting": _waiting(request, person),
        "counts": _counts(request, person, is_open=is_open),
    }
    return render(request, "posts/profile.html", context)


def _counts(request: PageRequest, person: User, *, is_open: bool) -> dict[str, Any]:
    """How many posts the viewer can see, and whether the page says so and leads to people."""
    theirs = contents.posts_of(person, request.user)
    posts = bounded_count(theirs, "-published_at", "-pk")
    return {
        "posts": posts,
        "are_more": posts == COUNTED,
        "are_shown": is_open or posts > 0,
        "are_links": is_open and request.user.is_authenticated,
    }


def _elsewhere(request: PageRequest, username: str) -> HttpResponse:
    """Nobody of that name for this viewer: whom they blocked, a new name, or 404."""
    there = User.objects.filter(in_good_standing(), username=username).first()
    if there and relations.relation(request.user, there).blocks:
        return render(request, "posts/profile_blocked.html", {"profile": there})
    renamed = current_username(username)
    if renamed != username and User.objects.visible_to(request.user).filter(username=renamed):
        return redirect("posts:profile", renamed)
    raise Http404


def _tabs(request: PageRequest, person: User) -> dict[str, ProfileTab]:
    """What the profile has shelves of, by name; nothing that would be empty by its nature."""
    is_self = request.user.pk == person.pk
    tabs = {POSTS: ProfileTab(_("Posts"), "grid")}
    if is_self or person.shows_likes:
        tabs[LIKED] = ProfileTab(_("Liked"), "heart")
    if is_self or _collections_of(request, person).exists():
        tabs[COLLECTIONS] = ProfileTab(_("Collections"), "stack")
    return tabs if len(tabs) > 1 else {}


def _posts(request: PageRequest, person: User) -> tuple[dict[str, Any], str]:
    """The pinned ones, then the others by their time."""
    cursor = request.GET.get("cursor", "")
    pinned = contents.pinned_by(person, request.user)
    # Left out of every page, or they would come up again on a later one.
    others = contents.posts_of(person, request.user).exclude(pk__in=[post.pk for post in pinned])
    page = keyset_page(others, "published_at", cursor, CARDS_A_PAGE)
    first = pinned if not cursor else []
    return {
        "pinned": render_cards(first, request.user, first_page=True) if first else [],
        "cards": render_cards(page.rows, request.user, first_page=not (cursor or first)),
        "next_url": page.next_url(request),
    }, "components/card_page.html"


def _liked(request: PageRequest, person: User) -> tuple[dict[str, Any], str]:
    cursor = request.GET.get("cursor", "")
    page = keyset_page(contents.liked_by(person, request.user), "created_at", cursor, CARDS_A_PAGE)
    posts = [LikedPost(like.post_id, like.version) for like in page.rows]  # type: ignore[attr-defined]
    cards = render_cards(posts, request.user, first_page=not cursor)
    return {"cards": cards, "next_url": page.next_url(request)}, "components/card_page.html"


def _collections(request: PageRequest, person: User) -> tuple[dict[str, Any], str]:
    cursor = request.GET.get("cursor", "")
    found = _collections_of(request, person)
    page = keyset_page(found, "created_at", cursor, COLLECTIONS_A_PAGE)
    return {
        "covers": covers(page.rows, request.user),
        "next_url": page.next_url(request),
        "is_self": request.user.pk == person.pk,
    }, "posts/_collection_cards.html"


def _collections_of(request: PageRequest, person: User) -> QuerySet[Collection]:
    return Collection.objects.visible_to(request.user).filter(owner=person)


SHELVES: dict[str, Callable[[PageRequest, User], tuple[dict[str, Any], str]]] = {
    POSTS: _posts,
    LIKED: _liked,
    COLLECTIONS: _collections,
}


def _mentioned(request: PageRequest, person: User) -> list[str]:
    """Those of the names in somebody's words that lead the viewer anywhere."""
    names = mentions_in(person.bio)
    there = User.objects.visible_to(request.user).filter(username__in=names) if names else []
    return [each.username for each in there]


def _waiting(request: PageRequest, person: User) -> list[Post]:
    """Posts on their way: only their author sees them, so for everyone else there are none."""
    posts = Post.objects.visible_to(request.user)
    waiting = posts.filter(author=person, author_id=request.user.pk, state=Post.State.PROCESSING)
    return list(waiting.order_by("-created_at")[:WAITING_SHOWN])
