"""The page: what stands on it, what is new, what nobody may see, and how few queries it takes."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import strip_tags

from accounts import suspension
from accounts.models import SignUp, User
from accounts.social import follows, relations
from benchmarks.data import analyze
from notes_site import site
from notes_site.queue import events
from notifications import presentation, retention
from notifications.kinds import Kind
from notifications.models import Notification, NotificationEvent, Preferences
from posts import likes
from posts.authoring import publishing
from posts.commenting import comments
from posts.models import Comment, Post
from tests.notifications.conftest import MakePeople, age, happen, post_of

pytestmark = pytest.mark.django_db
SignIn = Callable[[User | None], Client]
MANY = 100_000


def words(answer: Any) -> str:
    assert answer.status_code == 200
    main = answer.content.decode().partition('<main id="main"')[2].partition("</main>")[0]
    return " ".join(strip_tags(main).split())


def lines_of(answer: Any) -> list[str]:
    page = answer.content.decode()
    return [
        " ".join(strip_tags(line).split())
        for line in re.findall(r'<li class="line.*?</li>', page, re.DOTALL)
    ]


def badge_of(browser: Client) -> str:
    count: str = browser.get("/notifications/badge").json()["count"]
    return count


def queries(browser: Client, address: str) -> int:
    # The site's name is read again every few seconds by each process, on any page.
    site.current()
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return len(captured)


def test_thirteen_likes_read_as_one_line(
    owner: User, post: Post, people: MakePeople, as_person: SignIn
) -> None:
    likers = people(13)
    for liker in likers:
        likes.like(user=liker, post=post)
        happen()
    (line,) = lines_of(as_person(owner).get("/notifications/"))
    assert f"{likers[-1].name}, {likers[-2].name} and 11 others liked your post" in line


@pytest.mark.parametrize(
    ("count", "who"),
    [(1, "{0}"), (2, "{1} and {0}"), (3, "{2}, {1} and {0}"), (4, "{3}, {2} and 2 others")],
)
def test_few_are_named(
    owner: User, post: Post, people: MakePeople, as_person: SignIn, count: int, who: str
) -> None:
    names = []
    for liker in people(count):
        likes.like(user=liker, post=post)
        happen()
        names.append(liker.name)
    (line,) = lines_of(as_person(owner).get("/notifications/"))
    assert f"{who.format(*names)} liked your post" in line


def test_opening_the_page_makes_all_seen_and_keeps_its_dots(
    owner: User, post: Post, people: MakePeople, as_person: SignIn
) -> None:
    first, second = people(2)
    likes.like(user=first, post=post)
    happen()
    browser = as_person(owner)
    assert badge_of(browser) == "1"
    opened = browser.get("/notifications/").content.decode()
    assert 'class="dot"' in opened
    assert ">1</b>" not in opened
    assert badge_of(browser) == ""
    assert 'class="dot"' not in browser.get("/notifications/").content.decode()
    # Something new in the same line makes it new again.
    likes.like(user=second, post=post)
    happen()
    assert badge_of(browser) == "1"
    (line,) = lines_of(browser.get("/notifications/"))
    assert line.startswith(f"{second.initial}") or second.name in line
    assert "New" in line


def test_a_tab_marks_nothing_seen(owner: User, stranger: User, as_person: SignIn) -> None:
    follows.follow(follower=stranger, followee=owner)
    likes.like(user=stranger, post=post_of(owner))
    happen()
    browser = as_person(owner)
    assert len(lines_of(browser.get("/notifications/?show=people"))) == 1
    assert lines_of(browser.get("/notifications/?show=comments")) == []
    assert badge_of(browser) == "2"


def test_the_badge_stands_on_every_page_and_ends_at_99(owner: User, as_person: SignIn) -> None:
    make_lines(owner, 120)
    browser = as_person(owner)
    assert badge_of(browser) == "99+"
    assert '<b class="count-badge" aria-hidden="true">99+</b>' in browser.get("/").content.decode()
    make_seen = Notification.objects.filter(recipient=owner).order_by("pk").values("pk")[:30]
    Notification.objects.filter(pk__in=make_seen).delete()
    assert badge_of(browser) == "90"


def test_where_nothing_is_new_the_badge_reads_one_index(owner: User, stranger: User) -> None:
    make_lines(owner, 303)
    # Somebody else's news, which an index of all times would read.
    others = Notification.objects.order_by("pk").values("pk")[:300]
    later = timezone.now() + timedelta(hours=1)
    Notification.objects.filter(pk__in=others).update(recipient=stranger, newest_at=later)
    assert presentation.unseen_count(owner) == 3
    Preferences.objects.create(person=owner, seen_at=timezone.now())
    with CaptureQueriesContext(connection) as captured:
        assert presentation.unseen_count(owner) == 0
    (query,) = captured
    assert "posts_" not in query["sql"], "neither posts nor comments are looked at"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # What an earlier test left in the statistics decides nothing.
            cursor.execute("ANALYZE notifications_notification")
            cursor.execute("SET LOCAL enable_seqscan = off")
        plan = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
        cursor.execute(f"{plan} {query['sql']}")
        assert "notification_newest" in str(cursor.fetchall())


def test_the_badge_is_for_who_is_signed_in(client: Client) -> None:
    answer = client.get("/notifications/badge")
    assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")
    assert client.get("/notifications/").status_code == 302
    assert "data-unseen-at" not in client.get("/").content.decode()
    assert "js/unseen" not in client.get("/").content.decode()


def test_what_became_invisible_is_shown_no_more(
    owner: User, friend: User, stranger: User, as_person: SignIn
) -> None:
    post = post_of(owner, audience="friends", title="Secret title", mentions=["friend"])
    events.record("post.published", post.pk)
    said = comments.write(author=owner, post=post, text="Secret words, @friend")
    happen()
    browser = as_person(friend)
    Preferences.objects.update(seen_at=None)
    assert "Secret words" in words(browser.get("/notifications/"))
    Preferences.objects.update(seen_at=None)
    assert badge_of(browser) != ""
    follows.unfollow(follower=owner, followee=friend)
    page = browser.get("/notifications/").content.decode()
    assert "Secret" not in page
    assert post.code not in page
    assert "aaaaaaaaaaaaaaaaaaaaaa" not in page
    Preferences.objects.update(seen_at=None)
    follows.follow(follower=owner, followee=friend)
    comments.hide(said, "Rude")
    page = browser.get("/notifications/").content.decode()
    assert "Secret words" not in page


def test_a_comment_is_told_of_as_it_stands(
    owner: User, post: Post, stranger: User, as_person: SignIn
) -> None:
    browser = as_person(owner)
    comments.write(author=stranger, post=post, text="Fine light")
    User.objects.filter(pk=owner.pk).update(approves_comments=True)
    comments.write(author=stranger, post=Post.objects.get(pk=post.pk), text="May I?")
    happen()

    def told() -> list[list[str]]:
        """The words of the two comments, by whether their lines are shown."""
        page = lines_of(browser.get("/notifications/"))
        return [[words for words in ("Fine light", "May I?") if words in line] for line in page]

    assert told() == [["May I?"], ["Fine light"]]
    assert presentation.unseen_count(owner) == 0
    Preferences.objects.update(seen_at=None)
    assert presentation.unseen_count(owner) == 2
    # Each the other way round, before any event is handled.
    Comment.objects.filter(text="May I?").update(held="")
    assert told() == [["Fine light"]]
    Comment.objects.filter(text="Fine light").update(held="approval")
    Preferences.objects.update(seen_at=None)
    assert presentation.unseen_count(owner) == 0
    assert told() == []


@pytest.mark.parametrize("change", ["hide", "self", "delete"])
def test_a_post_that_is_gone_takes_its_lines_along(
    owner: User, stranger: User, as_person: SignIn, change: str
) -> None:
    post = post_of(owner, mentions=["stranger"])
    events.record("post.published", post.pk)
    happen()
    browser = as_person(stranger)
    assert badge_of(browser) == "1"
    if change == "hide":
        publishing.hide_post(post, "Why")
    elif change == "self":
        Post.objects.filter(pk=post.pk).update(audience="self")
    else:
        publishing.delete_post(post)
    # At once, before any event is handled.
    assert badge_of(browser) == ""
    assert lines_of(browser.get("/notifications/")) == []


@pytest.mark.parametrize("way", ["suspend", "leave", "block", "mute"])
def test_people_who_are_gone_are_not_named(
    owner: User, post: Post, stranger: User, follower: User, as_person: SignIn, way: str
) -> None:
    happen()
    Notification.objects.all().delete()
    for person in (follower, stranger):
        likes.like(user=person, post=post)
        happen()
    if way == "suspend":
        suspension.suspend(person=stranger, reason="Why")
    elif way == "leave":
        User.objects.filter(pk=stranger.pk).update(leaving_at=timezone.now())
    elif way == "block":
        relations.block(blocker=owner, blocked=stranger)
    else:
        relations.mute(muter=owner, muted=stranger, posts=True, comments=False)
    browser = as_person(owner)
    (line,) = lines_of(browser.get("/notifications/"))
    assert "follower liked your post" in line
    assert "stranger" not in line
    likes.unlike(user=follower, post=post)
    happen()
    Preferences.objects.update(seen_at=None)
    assert lines_of(browser.get("/notifications/")) == []
    assert badge_of(browser) == ""


def test_a_request_is_answered_on_the_page(owner: User, stranger: User, as_person: SignIn) -> None:
    User.objects.filter(pk=owner.pk).update(is_private=True)
    follows.follow(follower=stranger, followee=User.objects.get(pk=owner.pk))
    happen()
    browser = as_person(owner)
    page = browser.get("/notifications/").content.decode()
    assert 'formaction="/requests/stranger"' in page
    follows.decline(target=owner, requester=stranger)
    assert lines_of(browser.get("/notifications/")) == []


def test_who_follows_may_be_followed_back(owner: User, follower: User, as_person: SignIn) -> None:
    happen()
    browser = as_person(owner)
    (line,) = lines_of(browser.get("/notifications/"))
    assert "Follow back" in line
    follows.follow(follower=owner, followee=follower)
    (line,) = lines_of(browser.get("/notifications/"))
    assert "Friends" in line


def test_moderation_is_told_without_anybody(
    owner: User, post: Post, stranger: User, as_person: SignIn
) -> None:
    said = comments.write(author=stranger, post=post, text="Rude words")
    comments.hide(said, "Rude")
    publishing.hide_post(post, "It shows somebody who did not agree")
    happen()
    shown = words(as_person(owner).get("/notifications/"))
    assert "A moderator hid your post." in shown
    assert "It shows somebody who did not agree" in shown
    publishing.restore_post(post)
    happen()
    shown = words(as_person(stranger).get("/notifications/"))
    assert "A moderator hid one of your comments." in shown
    assert "Rude words" not in shown


def test_only_moderators_see_who_waits(moderator: User, as_person: SignIn) -> None:
    waiting = User.objects.create_user("waiting", is_active=False)
    SignUp.objects.create(user=waiting)
    events.record("sign_up.requested", waiting.pk)
    happen()
    browser = as_person(moderator)
    assert badge_of(browser) == "1"
    User.objects.filter(pk=moderator.pk).update(is_staff=False, is_superuser=False)
    assert badge_of(browser) == ""
    assert lines_of(browser.get("/notifications/")) == []


def test_names_and_words_are_escaped(owner: User, post: Post, as_person: SignIn) -> None:
    villain = User.objects.create_user("villain", display_name="<b>x</b>{who}%(who)s")
    comments.write(author=villain, post=post, text="<script>alert(1)</script>")
    happen()
    page = as_person(owner).get("/notifications/").content.decode()
    assert "<b>x</b>" not in page
    assert "&lt;b&gt;x&lt;/b&gt;{who}%(who)s" in page
    assert "<script>alert" not in page


def test_all_lines_once_page_by_page(owner: User, as_person: SignIn) -> None:
    make_lines(owner, 70)
    browser = as_person(owner)
    address, seen, dots = "/notifications/", [], 0
    while address:
        page = browser.get(address).content.decode()
        seen += re.findall(r"person-of-(\d+)", page)
        dots += page.count('class="dot"')
        more = re.search(r'class="more" href="([^"]+)"', page)
        address = more.group(1).replace("&amp;", "&") if more else ""
    assert len(seen) == len(set(seen)) == 70
    assert dots == 70


@pytest.mark.parametrize("address", ["cursor=x", "since=x", "since=2026-02-30T00:00Z", "show=x"])
def test_damaged_addresses(owner: User, as_person: SignIn, address: str) -> None:
    status = as_person(owner).get(f"/notifications/?{address}").status_code
    assert status == (200 if address == "show=x" else 400)


def make_lines(owner: User, count: int) -> None:
    """So many new lines, each a like of a post by somebody, a second apart."""
    liker = User.objects.create_user("liker", display_name="Somebody")
    post = post_of(owner, title="person-of-0", cover={**COVER_OF, "alt": "person-of-0"})
    row = Notification.objects.create(
        recipient=owner,
        kind=Kind.LIKE,
        subject_id=post.pk,
        post=post,
        actor_count=1,
        newest_at=timezone.now(),
    )
    event = NotificationEvent.objects.create(notification=row, actor=liker, at=row.newest_at)
    number = "replace(cast({} AS text), 'person-of-0', 'person-of-' || n)"
    cover = f"cast({number} AS jsonb)"
    earlier = "{} - n * interval '1 second'"
    if connection.vendor == "sqlite":
        cover, earlier = number, "strftime('%Y-%m-%d %H:%M:%f000', {}, -n || ' seconds')"
    copy(post, count - 1, id="{} + n", title=number, cover=cover)
    ids = dict.fromkeys(("id", "subject_id", "post_id"), "{} + n")
    copy(row, count - 1, newest_at=earlier, **ids)
    copy(event, count - 1, notification_id="{} + n", at=earlier)
    # So that PostgreSQL checks their foreign keys by an index, when the test ends.
    analyze()


def copy(row: Model, count: int, **changes: str) -> None:
    """Insert copies of a row by one statement; each change is SQL of its column and a number."""
    fields = [field for field in row._meta.concrete_fields if field is not row._meta.auto_field]
    columns = [str(field.column) for field in fields]
    quoted = ", ".join(map(connection.ops.quote_name, columns))
    values = ", ".join(
        changes.get(column, "{}").format(connection.ops.quote_name(column)) for column in columns
    )
    table = connection.ops.quote_name(row._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE numbers(n) AS"  # noqa: S608
            f" (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})"
            f" INSERT INTO {table} ({quoted})"
            f" SELECT {values} FROM numbers, {table} WHERE id = {row.pk}"
        )


COVER_OF = {
    "width": 64,
    "height": 48,
    "thumbhash": "",
    "sources": [["public/aaaaaaaaaaaaaaaaaaaaaa.webp", 64]],
}


def test_queries_stay_few_with_a_hundred_thousand_lines(
    owner: User, as_person: SignIn, capsys: pytest.CaptureFixture[str]
) -> None:
    Preferences.objects.create(person=owner)
    make_lines(owner, 3)
    browser = as_person(owner)
    addresses = ("/notifications/badge", "/notifications/")
    few = {address: queries(browser, address) for address in addresses}
    Notification.objects.all().delete()
    User.objects.filter(username="liker").delete()
    Post.objects.all().delete()
    Preferences.objects.update(seen_at=timezone.now() - timedelta(days=30))
    make_lines(owner, MANY)
    assert Notification.objects.filter(recipient=owner).count() == MANY
    started = timezone.now()
    many = {address: queries(browser, address) for address in few}
    seconds = (timezone.now() - started).total_seconds()
    with capsys.disabled():
        print(f"\n{MANY} lines: {many} queries, {seconds:.2f} s for both")  # noqa: T201
    assert many == few
    assert max(many.values()) <= 6
    assert badge_of(browser) == ""


def test_read_lines_go_after_90_days(
    owner: User, post: Post, stranger: User, follower: User, as_person: SignIn
) -> None:
    likes.like(user=stranger, post=post)
    happen()
    age(owner, 91)
    assert retention.prune() == 0
    age(owner, 89)
    as_person(owner).get("/notifications/")
    assert retention.prune() == 0
    age(owner, 91)
    assert retention.prune() == 2
    assert (Notification.objects.count(), NotificationEvent.objects.count()) == (0, 0)
