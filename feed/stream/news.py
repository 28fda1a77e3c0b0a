"""What came into a tab while somebody has its page open."""

from itertools import takewhile

from django.core.exceptions import BadRequest
from django.http import Http404
from django.utils.translation import ngettext

from accounts.requests import PageRequest
from feed.stream import tabs
from feed.stream.pages import page_of_tab
from notes_site.ids import decode

# A page tells of so many of its first posts, since some may be gone by now.
MOST_KNOWN = 10


def words(request: PageRequest) -> str:
    """How many posts stand above those the page has, as a sentence; '' for none.

    `known` holds the codes of its first posts, and the tab is the one that the address names. ''
    too for a tab that is gone, or has no order by time.
    """
    known = _ids(request.GET.get("known", ""))
    try:
        tab = tabs.chosen(request)
    except Http404:
        return ""
    if not known or tab.order != tabs.BY_TIME:
        return ""
    page = page_of_tab(request.user, tab, "")
    count = len(list(takewhile(lambda post: post.pk not in known, page.rows)))
    if count == len(page.rows) and page.cursor:
        return ngettext("%(count)d+ new post", "%(count)d+ new posts", count) % {"count": count}
    said = ngettext("%(count)d new post", "%(count)d new posts", count) % {"count": count}
    return said if count else ""


def _ids(codes: str) -> set[int]:
    """The ids of some codes, parted by dots; raises BadRequest for what is none."""
    try:
        return {decode(code) for code in codes.split(".")[:MOST_KNOWN] if code}
    except ValueError as error:
        raise BadRequest from error
