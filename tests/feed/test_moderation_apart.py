"""Ranking and moderation are apart: who may see a post is decided, and never how high it stands."""

from collections.abc import Callable

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.social import follows, lists, relations
from accounts.suspension import suspend, unsuspend
from feed import scoring, topics
from moderation import actions, reports
from moderation.models import Report
from notes_site.models import Event
from notes_site.queue import events
from posts import likes
from posts.models import Photo, Post, Topic
from tests.feed.test_stream import codes
from tests.making import MakePost

As = Callable[[User | None], Client]
Act = Callable[["Site"], object]
# Where two posts of an author are kept apart on a page.
LAID_OUT = ("/?tab=for-you", "/explore/")


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    for name in ("fragments", "frames", "pages"):
        caches[name].clear()


class Site:
    """Three posts of each of two people, some liked, and a member who sees them everywhere."""

    def __init__(self, author: User, other: User, viewer: User, moderator: User) -> None:
        self.author, self.other, self.viewer, self.moderator = author, other, viewer, moderator
        self.posts: list[Post] = []
        self.close = lists.create(owner=viewer, name="Close")

    @property
    def shown(self) -> Post:
        """The post that moderators look at."""
        return self.posts[2]

    @property
    def addresses(self) -> list[str]:
        """Every list of the feed that the post stands in."""
        tabs = ["for-you", "following", "latest", f"list&list={self.close.code}"]
        return [
            *(f"/?tab={tab}" for tab in [*tabs, "topic&topic=sea"]),
            "/explore/",
            "/topics/sea/",
            f"/@{self.author.username}/",
            *(f"/search/?q=boat&in=posts&sort={sort}" for sort in ("relevance", "newest", "likes")),
            "/search/?q=boat",
        ]

    def hots(self) -> dict[int, float]:
        """The stored scores, each worked out again from the rows."""
        for post in self.posts:
            scoring.score(post.pk)
        return dict(Post.objects.values_list("pk", "hot"))


@pytest.fixture
def site(owner: User, friend: User, stranger: User, moderator: User, make_post: MakePost) -> Site:
    made = Site(owner, friend, stranger, moderator)
    for number in range(3):
        for author in (owner, friend):
            post = make_post(author, title=f"Boat {number}", caption="On the #sea")
            made.posts.append(post)
    for person, post in ((friend, made.shown), (stranger, made.shown), (owner, made.posts[1])):
        likes.like(user=person, post=post)
    for person in (owner, friend):
        follows.follow(follower=stranger, followee=person)
        lists.add(people_list=made.close, person=person)
    topics.pin(person=stranger, topic=Topic.objects.get(name="sea"))
    work_off()
    return made


def work_off() -> None:
    for event in Event.objects.filter(handled_at=None).order_by("pk"):
        events.handle(event.pk)


def is_reported(site: Site) -> None:
    for target in (site.shown, site.author):
        reports.report(reporter=site.other, target=target, category="spam", words="Again")


def was_reported_for_nothing(site: Site) -> None:
    is_reported(site)
    for report in Report.objects.all():
        reports.decide(
            actor=site.moderator, report=report, decision=Report.Decision.DISMISSED, reason="Fine"
        )


def was_hidden_and_is_restored(site: Site) -> None:
    actions.hide_post(actor=site.moderator, post=site.shown, reason="Spam")
    actions.restore_post(actor=site.moderator, post=site.shown)


def was_suspended_and_is_back(site: Site) -> None:
    suspend(person=site.author, reason="Spam")
    unsuspend(person=site.author)


def has_a_photo_that_was_held(site: Site) -> None:
    Photo.objects.filter(post=site.shown.pk).update(held_at=timezone.now())


def is_restricted_by_somebody(site: Site) -> None:
    relations.restrict(restricter=site.other, restricted=site.author)


@pytest.mark.parametrize(
    "act",
    [
        is_reported,
        was_reported_for_nothing,
        was_hidden_and_is_restored,
        was_suspended_and_is_back,
        has_a_photo_that_was_held,
        is_restricted_by_somebody,
    ],
)
def test_whoever_sees_a_post_sees_it_where_it_was(site: Site, as_person: As, act: Act) -> None:
    browser = as_person(site.viewer)

    def seen() -> dict[str, list[str]]:
        return {address: codes(browser.get(address).content) for address in site.addresses}

    before, hots = seen(), site.hots()
    assert all(site.shown.code in found for found in before.values()), before
    act(site)
    work_off()
    assert site.hots() == hots
    assert seen() == before


@pytest.mark.parametrize("decision", ["hidden", "suspended"])
def test_what_is_taken_away_moves_nothing_else(site: Site, as_person: As, decision: str) -> None:
    """The others stay as they were, also to those who may still see what was hidden."""
    browser = as_person(site.viewer)
    before = {address: codes(browser.get(address).content) for address in site.addresses}
    hots = site.hots()
    if decision == "hidden":
        actions.hide_post(actor=site.moderator, post=site.shown, reason="Spam")
        gone = {site.shown.code}
    else:
        suspend(person=site.author, reason="Spam")
        gone = {post.code for post in site.posts if post.author_id == site.author.pk}
        # Their votes count no more, which is no matter of their posts.
        hots.pop(site.posts[1].pk)
    work_off()
    after = site.hots()
    assert {pk: after[pk] for pk in hots} == hots
    profile = f"/@{site.author.username}/"
    for address, found in before.items():
        if decision == "suspended" and address == profile:
            assert browser.get(address).status_code == 404
            continue
        left, now = (
            [code for code in found if code not in gone],
            codes(browser.get(address).content),
        )
        if address in LAID_OUT:
            # Which posts are on a page goes by their scores alone, and those are the same.
            left, now = sorted(left), sorted(now)
        assert now == left, address


def test_a_hidden_post_is_in_no_list_of_the_feed(site: Site, as_person: As) -> None:
    actions.hide_post(actor=site.moderator, post=site.shown, reason="Spam")
    work_off()
    others = [
        "/search/suggest?q=boat",
        "/search/",
        "/topics/sea/atom.xml",
        f"/@{site.author.username}/atom.xml",
        f"/sitemap-{timezone.now():%Y-%-m}.xml",
    ]
    for person in (site.viewer, site.other, None):
        browser = as_person(person)
        mine = [
            address for address in site.addresses if person == site.viewer or "tab=" not in address
        ]
        for address in [*mine, *others]:
            answer = browser.get(address)
            assert answer.status_code == 200, address
            assert site.shown.code not in answer.text, address
