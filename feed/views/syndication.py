"""The site for other programs: Atom, oEmbed, a sitemap and robots.txt.

All of them tell what any visitor sees and nothing more; for a member with a block between them and
the author, that is as invisible here as on the pages.
"""

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import Resolver404, resolve, reverse
from django.utils.cache import get_conditional_response
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_cookie

from accounts.models import User
from feed.stream import candidates
from notes_site import site, web_address
from posts.models import Post, Topic
from posts.models.post import PostQuerySet
from posts.pictures import Picture, Source
from posts.text.captions import to_html
from posts.text.tags import topic_name

ENTRIES = 30
# What one file of a sitemap may hold, by the protocol of sitemaps.org.
MAX_IN_A_MONTH = 50_000
# People may have typed it, but XML 1.0 has no way to say it.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@login_not_required
@require_safe
@vary_on_cookie
def profile_atom(request: HttpRequest, username: str) -> HttpResponse:
    """The newest public posts of a person; 404 for a private account."""
    people = User.objects.visible_to(request.user).filter(is_private=False)
    person = get_object_or_404(people, username=username.lower())
    title = f"{person.name} (@{person.username}) · {site.current().name}"
    posts = (
        candidates.listed_for(request.user).filter(author=person).order_by("-published_at", "-pk")
    )
    return _atom(request, title, person.get_absolute_url(), posts)


@login_not_required
@require_safe
@vary_on_cookie
def topic_atom(request: HttpRequest, name: str) -> HttpResponse:
    """The newest public posts under a topic; 404 while there is none."""
    found = get_object_or_404(Topic, name=topic_name(name))
    posts = candidates.under_topic(found, request.user)
    if not posts.exists():
        raise Http404
    title = f"#{found.name} · {site.current().name}"
    newest = posts.order_by(*(f"-{column}" for column in candidates.UNDER_TOPIC))
    return _atom(request, title, found.get_absolute_url(), newest)


def _atom(request: HttpRequest, title: str, page: str, posts: PostQuerySet) -> HttpResponse:
    # `explore` reads only what a card needs; an entry needs the whole row.
    entries = list(posts.select_related("author").defer(None)[:ENTRIES])
    told = repr((settings.RELEASE, title, [(post.pk, post.version) for post in entries]))
    etag = f'"{hashlib.sha256(told.encode()).hexdigest()[:32]}"'
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged is not None:
        return unchanged
    feed = Atom1Feed(
        title=_for_xml(title),
        link=absolute(page),
        feed_url=absolute(request.path),
        description="",
        language=settings.LANGUAGE_CODE,
    )
    for post in entries:
        _add(feed, post)
    text = feed.writeString("utf-8")
    return HttpResponse(text, content_type=feed.content_type, headers={"ETag": etag})


def _add(feed: Atom1Feed, post: Post) -> None:
    address = absolute(post.get_absolute_url())
    picture = post.cover_picture
    shown = (
        format_html('<p><img src="{}" alt="{}"></p>', absolute(picture.src), picture.alt)
        if picture
        else ""
    )
    caption = to_html(post.caption, post.mentions, site=settings.SITE_URL)
    feed.add_item(
        title=_for_xml(_title(post)),
        link=address,
        unique_id=address,
        description=_for_xml(format_html("{}<p>{}</p>", shown, caption)),
        author_name=_for_xml(post.author.name),
        author_link=absolute(post.author.get_absolute_url()),
        pubdate=post.published_at,
        updateddate=post.edited_at or post.published_at,
    )


@login_not_required
@require_safe
@vary_on_cookie
def oembed(request: HttpRequest) -> HttpResponse:
    """What another site shows in place of a link to a post, as oEmbed 1.0 has it; JSON only.

    404 for a post that not everyone may see, and for one without a picture.
    """
    if request.GET.get("format", "json") != "json":
        # The status that oEmbed 1.0 prescribes for a format the site doesn't offer.
        return HttpResponse(_("Only JSON is available."), status=501, content_type="text/plain")
    post = _linked(request, request.GET.get("url", ""))
    picture = post.cover_picture
    if picture is None:
        raise Http404
    source = _fitting(picture, request.GET.get("maxwidth", ""))
    name = site.current().name
    return JsonResponse(
        {
            "version": "1.0",
            "type": "photo",
            "title": _title(post),
            "author_name": post.author.name,
            "author_url": absolute(post.author.get_absolute_url()),
            "provider_name": name,
            "provider_url": settings.SITE_URL,
            "url": absolute(source.url),
            "width": source.width,
            "height": round(picture.height * source.width / picture.width),
        },
        # Other sites fetch this; the middleware would make it same-origin, like every page.
        headers={"Cross-Origin-Resource-Policy": "cross-origin"},
    )


def _linked(request: HttpRequest, address: str) -> Post:
    """The post behind a link to this site; 404 unless all may see it, and this viewer too."""
    try:
        parts = urlsplit(address[:300])
        host = web_address.netloc(parts)
    except ValueError as error:
        raise Http404 from error
    if host not in (urlsplit(settings.SITE_URL).netloc, request.get_host()):
        raise Http404
    try:
        match = resolve(parts.path)
    except Resolver404 as error:
        raise Http404 from error
    if match.view_name != "posts:post":
        raise Http404
    posts = Post.objects.visible_to(request.user).select_related("author")
    post = get_object_or_404(posts, pk=match.kwargs["post_id"])
    if not post.is_open_to_all:
        raise Http404
    return post


@login_not_required
@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """An index of the months that public posts are from."""
    posts = candidates.explore()
    first = posts.order_by("published_at").values_list("published_at", flat=True).first()
    last = posts.order_by("-published_at").values_list("published_at", flat=True).first()
    months = list(_months(first, last)) if first and last else []
    parts = [absolute(reverse("feed:sitemap_month", args=month)) for month in months]
    return render(request, "feed/sitemap.xml", {"parts": parts}, content_type="application/xml")


@login_not_required
@require_safe
def month(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """The public posts of one month; 404 for a month that is none."""
    try:
        begins = datetime(year, month, 1, tzinfo=UTC)
        ends = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    # OverflowError: the address may hold a year that doesn't fit into a C integer.
    except (ValueError, OverflowError) as error:
        raise Http404 from error
    posts = candidates.explore().filter(published_at__gte=begins, published_at__lt=ends)
    newest = posts.order_by("-published_at", "-pk").only("id", "published_at", "edited_at")
    pages = [
        (absolute(post.get_absolute_url()), post.edited_at or post.published_at)
        for post in newest[:MAX_IN_A_MONTH]
    ]
    return render(
        request, "feed/sitemap_month.xml", {"pages": pages}, content_type="application/xml"
    )


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What robots may read."""
    sitemap = absolute(reverse("feed:sitemap"))
    return render(request, "feed/robots.txt", {"sitemap": sitemap}, content_type="text/plain")


def _months(first: datetime, last: datetime) -> Iterable[tuple[int, int]]:
    """Every month between two times, as (year, month)."""
    for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield number // 12, number % 12 + 1


def absolute(address: str) -> str:
    """A whole address of this site; one that is whole already stays as it is."""
    return urljoin(f"{settings.SITE_URL}/", address)


def _for_xml(text: str) -> str:
    return _NOT_IN_XML.sub("", text)


def _title(post: Post) -> str:
    return post.title or post.caption[:80] or _("Photo by %(name)s") % {"name": post.author.name}


def _fitting(picture: Picture, most: str) -> Source:
    """The widest source within `maxwidth`, the narrowest when none is."""
    width = int(most) if most.isdecimal() and len(most) < 6 else 1080
    fitting = [source for source in picture.sources if source.width <= width]
    return fitting[-1] if fitting else picture.sources[0]
