"""How much of their storage a person uses, and for what."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from posts import limits
from posts.models import Post
from posts.uploading import quota

LARGEST_SHOWN = 5
# The drawn bar is so many units wide; a part that is there at all stays in sight.
BAR_WIDTH = 1_000
NARROWEST = 6


@never_cache
@require_safe
def storage(request: MemberRequest) -> HttpResponse:
    """Used and left, and the posts that hold most."""
    usage = quota.usage(request.user)
    sizes = quota.largest_posts(request.user, LARGEST_SHOWN)
    posts = Post.objects.visible_to(request.user).filter(pk__in=sizes)
    largest = sorted(posts, key=lambda post: sizes[post.pk], reverse=True)
    context = {
        "usage": usage,
        "parts": _parts(usage),
        "bar_width": BAR_WIDTH,
        "largest": [(post, *sizes[post.pk]) for post in largest],
        "days_kept": limits.UPLOAD_KEPT.days,
    }
    return render(request, "posts/storage.html", context)


def _parts(usage: quota.Usage) -> list[tuple[str, int, int]]:
    """The parts of the bar: name, where it begins, how wide it is; of the limit, else of all."""
    # The limit may have been lowered below what is used; 1, as both may be 0.
    whole = max(usage.limit, usage.used, 1)
    parts, start = [], 0
    for name, size in (
        ("posts", usage.posts),
        ("drafts", usage.drafts),
        ("unused", usage.unused),
    ):
        width = max(NARROWEST, BAR_WIDTH * size // whole) if size else 0
        parts.append((name, start, width))
        start += width
    return parts
