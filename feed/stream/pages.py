"""One page of a tab: its posts in order, and where the next page begins."""

from dataclasses import replace
from typing import Any

from feed.ranking import author_cap
from feed.stream import candidates, people_posts, tabs
from feed.stream.people_posts import People
from feed.stream.tabs import Tab
from notes_site.http.pagination import Page, keyset_page, page_of, read_cursor
from posts.models.post import Viewer

CARDS_A_PAGE = 24


def page_of_tab(viewer: Viewer, tab: Tab, cursor: str) -> Page[Any]:
    """The page of a tab that begins at a cursor, '' for the first.

    Raises BadRequest when the cursor is not one of ours.
    """
    if tab.slug == tabs.FOR_YOU:
        return explored(viewer, cursor)
    if tab.topic:
        posts = candidates.under_topic(tab.topic, viewer)
        return keyset_page(posts, tab.order, cursor, CARDS_A_PAGE, candidates.UNDER_TOPIC)
    people = _people(viewer, tab)
    if people is None or not viewer.is_authenticated:
        return keyset_page(candidates.explore(viewer), tab.order, cursor, CARDS_A_PAGE)
    place = read_cursor(cursor, by_time=True) if cursor else None
    newest = people_posts.newest(viewer, people, place, CARDS_A_PAGE + 1)
    return page_of(newest, tab.order, CARDS_A_PAGE)


def explored(viewer: Viewer, cursor: str) -> Page[Any]:
    """A page of Explore: the next posts by `hot`, laid out so that no author stands side by side.

    Which posts are on it goes by `hot` alone, so pages neither repeat a post nor leave one out.
    """
    if cursor:
        page: Page[Any] = keyset_page(candidates.explore(viewer), "hot", cursor, CARDS_A_PAGE)
    else:
        # One more than fits, to know whether there is a next page.
        page = page_of(candidates.hottest(viewer, CARDS_A_PAGE + 1), "hot", CARDS_A_PAGE)
    return replace(page, rows=author_cap.spread_out(page.rows, lambda post: post.author_id))


def _people(viewer: Viewer, tab: Tab) -> People | None:
    """Those whose posts a tab has; None for anybody's."""
    if tab.people_list:
        return people_posts.on_list(tab.people_list)
    if viewer.is_authenticated and tab.slug == tabs.FOLLOWING:
        return people_posts.followed_by(viewer)
    return None
