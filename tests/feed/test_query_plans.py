"""The pages of posts read along an index: never the whole table, never a sort of it."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from accounts.models import Block, Follow, ListMember, Mute, PeopleList, User
from benchmarks.data import Filled, analyze, fill
from feed.models import MutedTopic, MutedWord
from feed.search import fulltext
from notes_site.http import pagination
from posts.models import Photo, Post, Topic

pytestmark = pytest.mark.django_db
As = Callable[[User | None], Client]
Sent = list[tuple[str, Any]]
POSTS = 5_000
# A page, and the index along which its posts must be read.
PAGES = {
    "/": "post_hot",
    "/?tab=latest": "post_latest",
    "/topics/{topic}/": "topic_latest",
    "/@{author}/": "post_by_author",
}


@pytest.fixture(scope="module")
def many(django_db_setup: None, django_db_blocker: Any) -> Iterator[Filled]:
    """5,000 posts."""
    with django_db_blocker.unblock():
        try:
            with transaction.atomic():
                yield fill(POSTS)
                transaction.set_rollback(True)
        finally:
            connection.close()


@pytest.fixture(scope="module", params=["fresh", "analyzed"])
def filled(
    request: pytest.FixtureRequest, many: Filled, django_db_blocker: Any
) -> Iterator[Filled]:
    """They with the planner's statistics and, as SQLite runs on a site, without them."""
    with django_db_blocker.unblock(), transaction.atomic():
        if request.param == "analyzed":
            analyze()
        yield many
        transaction.set_rollback(True)


def lists_of_posts(client: Client, path: str) -> Sent:
    """The statements of a page that list posts in an order, with their values."""
    return sent_by(client, path, "DESC LIMIT 25")


def sent_by(client: Client, path: str, *parts: str) -> Sent:
    """The statements of a page about posts that hold all these parts, with their values."""
    sent: Sent = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if all(part in sql for part in ('FROM "posts_post"', *parts)):
            sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        answer = client.get(path)
    assert answer.status_code == 200
    return sent


def plan(sql: str, params: Any) -> str:
    """What the database does for a statement, a step a line."""
    lite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute(("EXPLAIN QUERY PLAN " if lite else "EXPLAIN (FORMAT JSON) ") + sql, params)
        rows = cursor.fetchall()
    if lite:
        return "\n".join(row[3] for row in rows)
    return "\n".join(_steps(rows[0][0][0]["Plan"]))


def _steps(node: dict[str, Any]) -> Iterator[str]:
    names = ("Node Type", "Relation Name", "Index Name")
    yield " ".join(str(node[name]) for name in names if name in node)
    for child in node.get("Plans", []):
        yield from _steps(child)


def assert_along(index: str, steps: str) -> None:
    """No sort, no reading of all posts, and the index is the one."""
    assert index in steps, steps
    for slow in ("TEMP B-TREE", "Sort", "Seq Scan posts_post"):
        assert slow not in steps, steps
    for line in steps.splitlines():
        assert not line.startswith("SCAN posts_post") or "USING INDEX" in line, steps


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("who", ["visitor", "member"])
def test_page_is_read_along_its_index(filled: Filled, as_person: As, who: str, path: str) -> None:
    client = as_person(filled.member if who == "member" else None)
    address = path.format(topic=filled.topic.name, author=filled.author.username)
    assert_two_pages_along(PAGES[path], client, address)


def assert_two_pages_along(index: str, client: Client, address: str) -> None:
    [(sql, params)] = lists_of_posts(client, address)
    assert_along(index, plan(sql, params))
    later = re.search(r'class="more" href="([^"]+)"', client.get(address).text)
    assert later
    [(sql, params)] = lists_of_posts(client, later[1].replace("&amp;", "&"))
    assert_along(index, plan(sql, params))


@pytest.mark.parametrize("path", ["/topics/{topic}/", "/@{author}/"])
@pytest.mark.parametrize("who", ["visitor", "member"])
def test_how_many_there_are_is_counted_along_the_same_index(
    filled: Filled, as_person: As, who: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Far fewer than there are here, as a thousand are on a large site.
    monkeypatch.setattr(pagination, "COUNTED", 25)
    client = as_person(filled.member if who == "member" else None)
    address = path.format(topic=filled.topic.name, author=filled.author.username)
    [(sql, params)] = sent_by(client, address, "COUNT(*)", "LIMIT 25")
    assert_along(PAGES[path], plan(sql, params))


def test_the_most_liked_that_search_finds_are_read_along_their_index(
    filled: Filled, as_person: As, db: None
) -> None:
    plain = {"alt_text": "Sea", "bytes": 1, "width": 1, "height": 1}
    Photo.objects.bulk_create(
        Photo(owner_id=post.author_id, post=post, original_key=post.code, **plain)
        for post in Post.objects.filter(state="published")
    )
    # PostgreSQL has its statistics, and without them would take the photos for hardly any.
    analyze()
    for viewer in (None, filled.member):
        address = "/search/?q=has:alt&sort=likes"
        assert_two_pages_along("post_liked", as_person(viewer), address)


@pytest.fixture
def apart(filled: Filled, db: None) -> User:
    """A member with blocks both ways and mutes, some of each of people who post."""
    others = list(User.objects.exclude(pk=filled.member.pk).order_by("pk")[100:190])
    hermit = filled.member
    Block.objects.bulk_create(Block(blocker=hermit, blocked=one) for one in others[:30])
    Block.objects.bulk_create(Block(blocker=one, blocked=hermit) for one in others[30:60])
    Mute.objects.bulk_create(Mute(muter=hermit, muted=one) for one in others[60:])
    return hermit


@pytest.mark.parametrize("path", ["/", "/?tab=latest", "/topics/{topic}/"])
def test_whoever_one_keeps_away_it_is_the_same_index(
    filled: Filled, apart: User, as_person: As, path: str
) -> None:
    client, address = as_person(apart), path.format(topic=filled.topic.name)
    [(sql, params)] = lists_of_posts(client, address)
    assert '"accounts_block"' in sql
    assert '"accounts_mute"' in sql
    assert_along(PAGES[path], plan(sql, params))


@pytest.fixture
def choosy(filled: Filled, db: None) -> User:
    """A member who muted common topics and 200 words, with the words of every post in search."""
    texts = Post.objects.values_list("pk", "title", "caption")
    fulltext.fill(fulltext.POSTS, ((post_id, fulltext.Text(words)) for post_id, *words in texts))
    picky = filled.member
    topics = Topic.objects.exclude(pk=filled.topic.pk).order_by("pk")[:5]
    MutedTopic.objects.bulk_create(MutedTopic(person=picky, topic=topic) for topic in topics)
    words = ["rain lanterns", *(f"word{number}" for number in range(199))]
    MutedWord.objects.bulk_create(MutedWord(person=picky, word=word) for word in words)
    return picky


@pytest.mark.parametrize("path", ["/", "/?tab=latest", "/topics/{topic}/"])
def test_whatever_one_muted_it_is_the_same_index(
    filled: Filled, choosy: User, as_person: As, path: str
) -> None:
    client, address = as_person(choosy), path.format(topic=filled.topic.name)
    [(sql, params)] = lists_of_posts(client, address)
    assert "feed_mutedword" in sql
    assert "feed_mutedtopic" in sql
    assert_along(PAGES[path], plan(sql, params))
    assert_two_pages_along(PAGES[path], client, address)


@pytest.mark.parametrize("path", ["/", "/?tab=latest", "/topics/{topic}/"])
def test_with_nobody_away_a_member_reads_what_a_visitor_reads(
    filled: Filled, as_person: As, path: str
) -> None:
    address = path.format(topic=filled.topic.name)
    [visitors] = lists_of_posts(as_person(None), address)
    [members] = lists_of_posts(as_person(filled.member), address)
    assert members == visitors


def test_a_list_never_reads_all_posts(filled: Filled, as_person: As, db: None) -> None:
    close = PeopleList.objects.create(owner=filled.member, name="close")
    on_it = list(User.objects.exclude(pk=filled.member.pk).order_by("pk")[2:32])
    ListMember.objects.bulk_create(ListMember(people_list=close, person=one) for one in on_it)
    PeopleList.objects.filter(pk=close.pk).update(member_count=30)
    assert_two_short_pages(as_person(filled.member), f"/?tab=list&list={close.code}")


def test_following_never_reads_all_posts(filled: Filled, as_person: As) -> None:
    assert_two_short_pages(as_person(filled.member), "/?tab=following")


def test_nor_does_following_very_many(filled: Filled, as_person: As, db: None) -> None:
    quiet = [User(username=f"quiet{number}", email=f"{number}@quiet") for number in range(600)]
    Follow.objects.bulk_create(
        Follow(follower=filled.member, followee=one) for one in User.objects.bulk_create(quiet)
    )
    User.objects.filter(pk=filled.member.pk).update(following_count=630)
    analyze()
    [(sql, params)] = lists_of_posts(as_person(filled.member), "/?tab=following")
    assert_never_reads_all(plan(sql, params))


def assert_two_short_pages(client: Client, address: str) -> None:
    """The first page of thirty people, and the next, read a few of their posts."""
    later = re.search(r'class="more" href="([^"]+)"', client.get(address).text)
    assert later
    for page in (address, later[1].replace("&amp;", "&")):
        [(sql, params)] = lists_of_posts(client, page)
        assert_never_reads_all(plan(sql, params))
        if connection.vendor == "postgresql":
            # The newest of each, and of those on the page 25, 24, 23 and so on; some are hidden.
            assert posts_read(sql, params) < 1.5 * (30 + 25 * 26 / 2)


def posts_read(sql: str, params: Any) -> float:
    """How many rows of posts PostgreSQL looked at for a statement."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + sql, params)
        return sum(_looked_at(cursor.fetchone()[0][0]["Plan"]))


def _looked_at(node: dict[str, Any]) -> Iterator[float]:
    if node.get("Relation Name") == "posts_post":
        left_out = node.get("Rows Removed by Filter", 0)
        yield (node["Actual Rows"] + left_out) * node["Actual Loops"]
    for child in node.get("Plans", []):
        yield from _looked_at(child)


def assert_never_reads_all(steps: str) -> None:
    # Either by time until the page is full, or the newest of each person followed: there SQLite
    # keeps only the 25 best while it reads, and leaves an author whose next post is older.
    assert "post_standing" in steps or "post_by_author" in steps, steps
    assert "Seq Scan posts_post" not in steps, steps
    assert "SCAN posts_post\n" not in steps + "\n", steps
