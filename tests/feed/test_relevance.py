"""The order of what search finds, what it suggests and what is popular: alike on both databases."""

import re
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.social import follows, relations
from feed.ranking.relevance import rank, relevance
from feed.search import fulltext, indexing, months, results
from feed.search.words import Term, terms_of
from notes_site.ids import first_id_of
from posts.models import Photo, Post, PostTopic, Topic
from tests.feed.test_search import SignIn, found, post_of
from tests.making import MakePost

A_MOMENT = timedelta(milliseconds=1)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    caches["fragments"].clear()


def described(author: User, alt_text: str, **fields: object) -> Post:
    post = post_of(author, "", **fields)
    plain = {"original_key": post.code, "bytes": 1, "width": 1, "height": 1}
    Photo.objects.create(owner=author, post=post, alt_text=alt_text, **plain)
    indexing.index_post(post.pk)
    return post


def test_title_then_caption_then_description_and_whole_before_beginning(
    client: Client, owner: User
) -> None:
    # The least relevant last, so that neither time nor id makes this order.
    begun_alt = described(owner, "the harbours")
    begun_caption = post_of(owner, "by harbours", hot=1)
    alt = described(owner, "a harbour")
    begun_title = post_of(owner, title="Harbours")
    caption = post_of(owner, "in the harbour")
    title = post_of(owner, title="Harbour")
    expected = [title, caption, begun_title, begun_caption, alt, begun_alt]
    assert found(client, "harbour") == [post.code for post in expected]
    newest = [title, caption, begun_title, alt, begun_caption, begun_alt]
    assert found(client, "harbour", sort="newest") == [post.code for post in newest]


def test_words_side_by_side_come_first_then_what_is_popular(client: Client, owner: User) -> None:
    phrase = post_of(owner, "an old harbour")
    apart = [post_of(owner, "harbour so old", hot=hot) for hot in (3, 9, 5)]
    expected = [phrase, apart[1], apart[2], apart[0]]
    assert found(client, "old harbour") == [post.code for post in expected]


def test_all_words_have_to_be_there(client: Client, owner: User) -> None:
    post_of(owner, title="Fog fog fog")
    both = post_of(owner, "fog", title="Sun")
    assert found(client, "fog sun") == [both.code]


@pytest.mark.parametrize(
    ("asked", "fields", "points"),
    [
        (["fog"], ["fog", "", ""], 6),
        (["fog"], ["", "a fog", ""], 4),
        (["fo"], ["fog", "", ""], 3),
        (["fog"], ["", "", "no fog"], 2),
        (["fog", "sea"], ["", "fog sea", ""], 12),
        (["fog", "sea"], ["", "sea fog", ""], 8),
        (["fog"], ["befog", "", ""], 0),
    ],
)
def test_points(asked: list[str], fields: list[str], points: float) -> None:
    assert relevance(asked, fields) == points


def test_a_point_is_worth_more_than_all_popularity() -> None:
    in_80_years = datetime(2105, 1, 1, tzinfo=UTC).timestamp() / timedelta(hours=12).total_seconds()
    assert rank(1, in_80_years + 9) < rank(2, 0)


def test_pages_by_relevance_have_no_gap_and_no_duplicate(
    client: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "RANKED", 60)
    posts = [
        post_of(owner, "fog", title="Fog" if number % 3 else "", hot=number % 5)
        for number in range(60)
    ]
    seen: list[str] = []
    address = "/search/?q=fog"
    while address:
        page = client.get(address).content.decode()
        seen += re.findall(r'class="card-link" href="/p/([^/]+)/"', page)
        more = re.search(r'class="more" href="([^"]+)"', page)
        address = more[1].replace("&amp;", "&") if more else ""
        # What comes in between pushes none out of the newest that are put in order.
        for _number in range(20):
            post_of(owner, "fog", title="Fog fog")
    assert len(seen) == len(set(seen)) == 60
    assert set(seen) == {post.code for post in posts}


@pytest.mark.parametrize("cursor", ["x", "x.y", ".", "WzEsMV0", "WzEsMV0.0", "." + "z" * 40])
def test_a_cursor_that_is_none_of_ours(client: Client, owner: User, cursor: str) -> None:
    post_of(owner, "fog")
    answer = client.get("/search/", {"q": "fog", "cursor": cursor})
    assert answer.status_code == 400


def test_top_has_some_of_each_and_leads_to_all(client: Client, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(display_name="Fog Horn")
    indexing.index_person(owner.pk)
    post = post_of(owner, "#fog")
    under(post, "fog")
    page = client.get("/search/?q=fog").content.decode()
    assert found(client, "fog") == [post.code]
    assert "/@owner/" in page
    assert 'href="/topics/fog/"' in page
    for where in ("people", "topics", "posts"):
        assert f'href="?q=fog&amp;in={where}"' in page
    assert "Nothing found" in client.get("/search/?q=nowhere").content.decode()


def under(post: Post, name: str) -> None:
    topic, _new = Topic.objects.get_or_create(name=name)
    PostTopic.objects.create(post=post, topic=topic, published_at=post.published_at)
    indexing.index_post(post.pk)


# --- Quotes and dates ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("caption", "good", "bad"),
    [
        ("The old harbour", ['"old harbour"', "“old harbour”", "«Old Harbour»"], ['"old harb"']),
        ("harbour, so old", ["old harbour"], ['"old harbour"', "„old harbour“"]),
        ("我在北京大学", ["「北京大学」", '"京大"'], ['"京北"']),
        ("आज हिन्दी दिवस", ['"हिन्दी दिवस"'], ['"दिवस हिन्दी"', '"हिन्"']),
        ("ฉันรักภาษาไทยมาก", ['"ภาษาไทย"'], ['"ไทยภาษา"']),
        ("שלום עולם", ['"שלום עולם"'], ['"עולם שלום"']),
        ("photo東京abc", ['"photo 東京 abc"'], ['"photo 京東"']),
    ],
)
def test_quotes(client: Client, owner: User, caption: str, good: list[str], bad: list[str]) -> None:
    post = post_of(owner, caption)
    for query in good:
        assert found(client, query) == [post.code], query
    for query in bad:
        assert found(client, query) == [], query


def test_a_phrase_ends_with_its_field(client: Client, owner: User) -> None:
    post = post_of(owner, "harbour", title="Old")
    assert found(client, '"old harbour"') == []
    assert found(client, "old harbour") == [post.code]


def test_quotes_are_taken_apart() -> None:
    assert terms_of('a "b c" d "e') == [
        Term(("a",)),
        Term(("b", "c"), exact=True),
        Term(("d",)),
        Term(("e",)),
    ]
    question = results.parse_query('"from:ane" has:alt fog')
    assert (question.author, question.has_alt) == ("", True)
    assert question.words == '"from:ane" fog'


def at(author: User, year: int, month: int, day: int) -> Post:
    return post_of(author, "fog", published_at=datetime(year, month, day, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("before:2025", [0]),
        ("after:2025", [4, 3, 2, 1]),
        ("before:2025-03", [1, 0]),
        ("after:2025-03", [4, 3, 2]),
        ("before:2025-03-06", [2, 1, 0]),
        ("after:2025-03-06", [4, 3]),
        ("after:2025 before:2026", [3, 2, 1]),
        ("after:2026-05 before:2025", []),
        ("AFTER:2026-1-5", [4]),
    ],
)
def test_before_and_after(client: Client, owner: User, query: str, numbers: list[int]) -> None:
    dates = [(2024, 12, 31), (2025, 2, 28), (2025, 3, 5), (2025, 3, 6), (2026, 1, 5)]
    posts = [at(owner, *date) for date in dates]
    expected = [posts[number].code for number in numbers]
    assert found(client, query) == expected
    assert sorted(found(client, f"fog {query}")) == sorted(expected)


def test_of_a_common_word_those_of_the_time_are_found(
    client: Client, owner: User, stranger: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "RANKED", 3)
    monkeypatch.setattr(fulltext, "MAX_MATCHES", 3)
    old = at(owner, 2024, 5, 5)
    under(old, "sea")
    for _number in range(9):
        post_of(stranger, "fog")
    for query in ("before:2025", "from:owner", "topic:sea"):
        for sort in ("relevance", "newest"):
            assert found(client, f"fog {query}", sort=sort) == [old.code], query


def test_a_post_is_found_by_its_time_wherever_its_id_stands(client: Client, owner: User) -> None:
    begins = datetime(2026, 3, 1, tzinfo=UTC)
    made_then = post_of(owner, "fog", pk=first_id_of(begins) - 1, published_at=begins - A_MOMENT)
    scheduled = post_of(owner, "fog", pk=first_id_of(begins) - 2, published_at=begins)
    brought = post_of(owner, "fog", published_at=begins - A_MOMENT)
    for sort in ("relevance", "newest"):
        shown = found(client, "fog before:2026-03", sort=sort)
        assert sorted(shown) == sorted([made_then.code, brought.code])
        assert found(client, "fog after:2026-03", sort=sort) == [scheduled.code]


@pytest.mark.parametrize(
    "date", ["2026-13", "yesterday", "2026-02-30", "0000", "9999", "20261", "٢٠٢٦"]
)
def test_a_wrong_date_is_said_and_the_search_goes_on(
    client: Client, owner: User, date: str
) -> None:
    post = post_of(owner, "fog")
    assert found(client, f"fog before:{date}") == [post.code]
    page = client.get("/search/", {"q": f"fog before:{date}"}).content.decode()
    assert f"read the date “{date}”" in page
    assert client.get("/search/", {"q": f"after:{date}"}).status_code == 200


def test_marks_of_a_span() -> None:
    after, before = datetime(2024, 11, 3, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    marks = ["~202411", "~202412", "~2025", "~202601", "~202602"]
    assert months.marks_between(after, before) == marks
    assert months.marks_between(before, after) == ["~"]
    assert months.marks_of(after, first_id_of(after)) == ["~2024", "~202411", months.BROUGHT]
    made_then = datetime(2026, 3, 1, tzinfo=UTC)
    assert months.marks_of(made_then, first_id_of(made_then)) == ["~2026", "~202603"]


# --- While typing, and before --------------------------------------------------------------------


def suggested(browser: Client, query: str) -> list[str]:
    page = browser.get("/search/suggest", {"q": query})
    assert page.status_code == 200
    return re.findall(r'role="option"[^>]+href="([^"]+)"', page.content.decode())


def test_suggestions(as_person: SignIn, owner: User, friend: User) -> None:
    posts = [post_of(owner, f"fog {number}") for number in range(8)]
    secret = post_of(owner, "fog", audience="self")
    under(posts[0], "foggy")
    User.objects.filter(pk=owner.pk).update(display_name="Fogarty")
    indexing.index_person(owner.pk)
    links = suggested(as_person(None), "fo")
    assert links[:2] == ["/@owner/", "/topics/foggy/"]
    assert len(links) == 8
    assert all(link.startswith("/p/") for link in links[2:])
    for viewer in (None, friend, owner):
        assert f"/p/{secret.code}/" not in suggested(as_person(viewer), "fog")
    relations.block(blocker=friend, blocked=owner)
    assert suggested(as_person(friend), "fo") == []
    assert suggested(as_person(None), "f") == []
    assert suggested(as_person(None), "") == []


def test_suggestions_ask_as_often_for_many_as_for_few(
    as_person: SignIn, owner: User, stranger: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        person = User.objects.create(username=f"fog{number}")
        indexing.index_person(person.pk)
        under(post_of(person, "fog"), f"fog{number}")
    browser = as_person(stranger)
    with django_assert_max_num_queries(8):
        assert len(suggested(browser, "fog")) == 12
    for path in ("/search/?q=fog", "/search/"):
        caches["fragments"].clear()
        with django_assert_max_num_queries(11):
            browser.get(path)


def test_popular_topics_are_those_of_most_people(
    client: Client, owner: User, friend: User, stranger: User
) -> None:
    for author in (owner, owner, owner):
        under(post_of(author, "x"), "mine")
    for author in (friend, stranger):
        under(post_of(author, "x"), "ours")
    under(post_of(owner, "x", published_at=timezone.now() - timedelta(days=40)), "old")
    under(post_of(owner, "x", audience="self"), "secret")
    page = client.get("/search/").content.decode()
    assert re.findall(r"/topics/(\w+)/", page) == ["ours", "mine"]


def test_popular_people_are_nobody_private_muted_or_blocked(
    as_person: SignIn, owner: User, friend: User, stranger: User
) -> None:
    for person, followers in ((owner, 3), (friend, 9)):
        User.objects.filter(pk=person.pk).update(follower_count=followers)
        post_of(person, "x")
    User.objects.filter(pk=stranger.pk).update(follower_count=99)

    def shown(viewer: User | None) -> list[str]:
        page = as_person(viewer).get("/search/").content.decode()
        return re.findall(r'class="(?:person|suggested-link)" href="/@(\w+)/"', page)

    # Who never posts is nobody to look at.
    assert shown(None) == ["friend", "owner"]
    assert shown(stranger) == ["friend", "owner"]
    # Who is followed already is no suggestion.
    assert shown(owner) == []
    follows.unfollow(follower=owner, followee=friend)
    assert shown(owner) == ["friend"]
    relations.mute(muter=stranger, muted=friend)
    assert shown(stranger) == ["owner"]
    relations.block(blocker=owner, blocked=stranger)
    assert shown(stranger) == []
    # At once, whatever is kept for a minute.
    User.objects.filter(pk=friend.pk).update(is_private=True)
    assert shown(None) == ["owner"]
    User.objects.filter(pk=owner.pk).update(suspended_at=timezone.now())
    assert shown(None) == []


# --- The migration -------------------------------------------------------------------------------


def test_an_upgrade_fills_the_index_and_a_return_the_one_before(
    client: Client, owner: User, make_post: MakePost
) -> None:
    posts = [make_post(owner, title="Fog", caption=f"#sea {number}") for number in range(3)]
    Photo.objects.filter(post=posts[0]).update(alt_text="A lighthouse")
    migration = import_module("feed.migrations.0006_search")
    editor = connection.schema_editor()
    migration.go_back(apps, editor)
    with connection.cursor() as cursor:
        match = {
            "sqlite": "SELECT count(*) FROM feed_text_posts WHERE words MATCH 'fog sea'",
            "postgresql": "SELECT count(*) FROM feed_text_posts WHERE words @@ 'fog & sea'",
        }
        cursor.execute(match[connection.vendor])
        assert cursor.fetchone() == (3,)
    for _again in range(2):
        migration.rebuild(apps, editor)
    newest_first = [post.code for post in reversed(posts)]
    assert found(client, "fog topic:sea from:owner", sort="newest") == newest_first
    assert found(client, "lighthouse has:alt") == [posts[0].code]
    assert b"@owner" in client.get("/search/?q=owner&in=people").content
