"""The conversation as pages: with and without scripts, nothing typed lost, quick with 10,000."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Block, User
from accounts.social import relations
from benchmarks.data import analyze
from posts.commenting import comments, counts
from posts.commenting.rules import change_rules
from posts.models import Comment, CommentLike, Post
from tests.feed.test_query_plans import plan

SignIn = Callable[[User | None], Client]
HTMX = {"HX-Request": "true"}
MANY = 10_000


@pytest.fixture
def post(owner: User) -> Post:
    """A published post."""
    return Post.objects.create(author=owner, state="published", published_at=timezone.now())


def page_of(browser: Client, address: str, **headers: str) -> str:
    answer = browser.get(address, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def words(page: str) -> list[str]:
    return re.findall(r'class="comment-text" dir="auto">([^<]*)<', page)


def test_pinned_come_first_then_the_newest(
    post: Post, owner: User, friend: User, as_person: SignIn
) -> None:
    said = [comments.write(author=friend, post=post, text=f"number {each}") for each in range(4)]
    browser = as_person(owner)
    pin = f"/p/{post.code}/comments/{said[1].code}/pin"
    for viewer in (friend, None):
        assert as_person(viewer).post(pin).status_code in (302, 404)
    assert browser.post(pin).status_code == 303
    page = page_of(Client(), f"/p/{post.code}/")
    assert words(page) == ["number 1", "number 3", "number 2", "number 0"]
    assert browser.post(pin, {"_method": "delete"}).status_code == 303
    assert words(page_of(Client(), f"/p/{post.code}/"))[0] == "number 3"
    for each in said:
        browser.post(f"/p/{post.code}/comments/{each.code}/pin")
    assert Comment.objects.filter(pinned_at__isnull=False).count() == 3
    assert "Unpin one of them first" in page_of(browser, f"/p/{post.code}/")


def test_a_thread_by_itself_can_be_pinned(post: Post, owner: User, as_person: SignIn) -> None:
    first = comments.write(author=owner, post=post, text="first")
    thread = f"/p/{post.code}/comments/{first.code}/replies"
    for headers in ({}, {"HX-Request": "true"}):
        page = page_of(as_person(owner), thread, **headers)
        assert "Pin to the top" in page
        assert "three are already pinned" not in page


def test_answers_are_folded_and_page_without_gaps(post: Post, owner: User, friend: User) -> None:
    first = comments.write(author=friend, post=post, text="first")
    for number in range(65):
        comments.write(author=owner, post=post, parent=first, text=f"answer {number:02}")
    page = page_of(Client(), f"/p/{post.code}/")
    assert words(page) == ["first"]
    assert ">65 replies</a>" in page
    address = f"/p/{post.code}/comments/{first.code}/replies"
    assert address in page
    for headers in ({}, HTMX):
        seen, where = [], address
        while where:
            page = page_of(Client(), where, **headers)
            assert page.startswith("<!doctype") == (not headers)
            seen += [text for text in words(page) if text != "first"]
            more = re.search(r'href="([^"]*cursor=[^"]*)#', page)
            where = more.group(1) if more else ""
        assert seen == [f"answer {number:02}" for number in range(65)]


def test_the_address_of_an_answer_shows_it(post: Post, owner: User, as_person: SignIn) -> None:
    first = comments.write(author=owner, post=post, text="first")
    said = [
        comments.write(author=owner, post=post, parent=first, text=f"answer {number:02}")
        for number in range(40)
    ]
    for which in (0, 39):
        code = said[which].code
        answer = as_person(owner).get(f"/p/{post.code}/comments/{code}/")
        assert answer.status_code == 302
        address, _, anchor = answer["Location"].partition("#")
        assert anchor == f"comment-{code}"
        page = page_of(Client(), address)
        assert f'id="{anchor}"' in page
        assert ("Earlier replies" in page) == (which == 39)


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_an_answer_is_written_in_its_thread(
    headers: dict[str, str], post: Post, owner: User, friend: User, as_person: SignIn
) -> None:
    first = comments.write(author=owner, post=post, text="first")
    second = comments.write(author=owner, post=post, parent=first, text="second")
    browser = as_person(friend)
    thread = f"/p/{post.code}/comments/{first.code}/replies"
    form = page_of(browser, f"{thread}?reply={second.code}", **headers)
    assert ">@owner </textarea>" in form
    key = re.search(rf'value="{second.code}">\s*<input[^>]*submission_key" value="(\w+)"', form)
    assert key
    sent = {"parent": second.code, "submission_key": key.group(1)}
    where = f"/p/{post.code}/comments/"
    wrong = browser.post(where, sent | {"text": "x" * 1_001}, headers=headers)
    assert wrong.status_code == 422
    assert "x" * 1_001 + "</textarea>" in wrong.content.decode()
    assert "1001" in wrong.content.decode()
    for _ in range(2):
        answer = browser.post(where, sent | {"text": "@owner yes"}, headers=headers)
        assert answer.status_code == (200 if headers else 303)
    written = Comment.objects.get(author=friend)
    assert (written.parent, Comment.objects.count()) == (first, 3)
    if headers:
        assert f'id="comment-{written.code}"' in answer.content.decode()
        assert ">3 comments</h2>" in answer.content.decode()
    else:
        assert answer["Location"] == f"{thread}?at={written.code}#comment-{written.code}"
    for nowhere in (owner.code, "!", "0", "x" * 40):
        assert browser.post(where, {"parent": nowhere, "text": "x"}).status_code == 404


def test_a_comment_comes_in_without_a_reload(post: Post, friend: User, as_person: SignIn) -> None:
    browser, where = as_person(friend), f"/p/{post.code}/comments/"
    page = page_of(browser, f"/p/{post.code}/")
    key = re.search(r'submission_key" value="(\w+)"', page)
    assert key
    sent = {"text": "hello", "submission_key": key.group(1)}
    pieces = browser.post(where, sent, headers=HTMX).content.decode()
    assert words(pieces) == ["hello"]
    assert ">1 comment</h2>" in pieces
    fresh = re.search(r'submission_key" value="(\w+)"', pieces)
    assert fresh
    assert fresh.group(1) != key.group(1)
    assert "hello</textarea>" not in pieces
    refused = browser.post(where, {"text": "x" * 1_001}, headers=HTMX)
    assert (refused.status_code, refused["HX-Retarget"]) == (422, "#comment-form")
    assert browser.post(where, sent, headers=HTMX).status_code == 200
    assert Comment.objects.count() == 1


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_words_are_changed_in_place(
    headers: dict[str, str], post: Post, owner: User, friend: User, as_person: SignIn
) -> None:
    written = comments.write(author=friend, post=post, text="helo")
    browser, where = as_person(friend), f"/p/{post.code}/comments/{written.code}/"
    form = page_of(browser, f"{where}replies?edit={written.code}", **headers)
    assert "helo</textarea>" in form
    assert "helo</textarea>" not in page_of(
        as_person(owner), f"{where}replies?edit={written.code}", **headers
    )
    wrong = browser.post(where, {"text": " "}, headers=headers)
    assert wrong.status_code == 422
    assert "Write something first." in wrong.content.decode()
    right = browser.post(where, {"text": "hello"}, headers=headers)
    assert right.status_code == (200 if headers else 303)
    page = page_of(Client(), f"/p/{post.code}/")
    assert words(page) == ["hello"]
    assert ">edited<" in page
    assert as_person(owner).post(where, {"text": "mine"}).status_code == 404
    Comment.objects.update(created_at=timezone.now() - timedelta(hours=1))
    late = browser.post(where, {"text": "too late"}, headers=headers)
    assert late.status_code == 422
    assert "for 15 minutes" in late.content.decode()
    assert "?edit=" not in page_of(browser, f"/p/{post.code}/")


def test_deleting_leaves_a_place_or_nothing(
    post: Post, owner: User, friend: User, as_person: SignIn
) -> None:
    first = comments.write(author=friend, post=post, text="first")
    answer = comments.write(author=owner, post=post, parent=first, text="answer")
    where = f"/p/{post.code}/comments/{first.code}/"
    piece = as_person(friend).delete(where, headers=HTMX).content.decode()
    assert "This comment was deleted" in piece
    assert words(piece) == ["answer"]
    assert "This comment was deleted" in page_of(Client(), f"/p/{post.code}/")
    assert as_person(friend).delete(where).status_code == 404, "it is nobody's any more"
    gone = as_person(owner).delete(f"/p/{post.code}/comments/{answer.code}/", headers=HTMX)
    assert "<li" not in gone.content.decode()
    assert "This comment was deleted" not in page_of(Client(), f"/p/{post.code}/")


def test_liking_a_comment(post: Post, owner: User, friend: User, as_person: SignIn) -> None:
    written = comments.write(author=owner, post=post, text="hello")
    browser, where = as_person(friend), f"/p/{post.code}/comments/{written.code}/like"
    for _ in range(2):
        answer = browser.post(where)
        assert (answer.status_code, answer["Location"]) == (303, f"/p/{post.code}/#comments")
    assert CommentLike.objects.count() == 1
    assert 'aria-pressed="true"' in page_of(browser, f"/p/{post.code}/")
    button = browser.delete(where, headers=HTMX).content.decode()
    assert 'aria-pressed="false"' in button
    assert browser.get(where).status_code == 405
    relations.block(blocker=owner, blocked=friend)
    assert browser.post(where).status_code == 404


def test_a_visitor_is_asked_to_sign_in(post: Post, owner: User) -> None:
    comments.write(author=owner, post=post, text="hello")
    page = page_of(Client(), f"/p/{post.code}/")
    assert ">Sign in to comment</a>" in page
    assert "<textarea" not in page
    assert "This comment" not in page


def test_what_is_not_for_one_never_was(
    post: Post, owner: User, friend: User, stranger: User, as_person: SignIn
) -> None:
    """Held, hidden, blocked and muted comments, and answers to them: 404 for every method."""
    change_rules(person=owner, comments_by="everyone", approves_comments=False, filtered_words="b")
    held = comments.write(author=friend, post=post, text="b")
    hidden = comments.write(author=friend, post=post, text="hidden")
    under = comments.write(author=owner, post=post, parent=hidden, text="under")
    comments.hide(hidden, "spam")
    other = Post.objects.create(author=owner, state="published")
    elsewhere = comments.write(author=friend, post=other, text="elsewhere")
    apart = comments.write(author=friend, post=post, text="apart")
    relations.block(blocker=friend, blocked=stranger)
    browser = as_person(stranger)
    never = browser.get(f"/p/{post.code}/comments/{post.code}/")
    for each in (held, hidden, under, elsewhere, apart):
        for rest in ("", "replies", "like", "pin", "approve"):
            for method in ("get", "post", "delete"):
                answer = getattr(browser, method)(f"/p/{post.code}/comments/{each.code}/{rest}")
                assert answer.status_code in (404, 405), (each.text, rest, method)
                if answer.status_code == 404:
                    assert answer.content == never.content
        page = page_of(browser, f"/p/{post.code}/")
        assert each.text not in words(page)


def fill(post: Post, people: list[User], count: int) -> None:
    """So many comments, a third of them answers; a few wait, three are pinned."""
    firsts = [
        Comment(author=people[each % len(people)], post=post, text=f"number {each}",
                held="words" if each % 50 == 7 else "")
        for each in range(count * 2 // 3)
    ]  # fmt: skip
    answers = [
        Comment(author=people[each % len(people)], post=post, text="answer",
                parent=firsts[-1 - each % 300 % len(firsts)])
        for each in range(count - len(firsts))
    ]  # fmt: skip
    for rows in (firsts, answers):
        Comment.objects.bulk_create(rows, batch_size=500)
    if connection.vendor == "postgresql":
        # Else each look at an answer's thread is planned for an empty table.
        analyze()
    Comment.objects.filter(pk__in=[row.pk for row in firsts[:3]]).update(pinned_at=timezone.now())
    counts.recount(post.pk)


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[Post, Post]]:
    """A post with 60 comments and one with 10,000, among people of whom some blocked others."""
    with django_db_blocker.unblock():
        try:
            with transaction.atomic():
                host = User.objects.create_user("host")
                people = User.objects.bulk_create([User(username=f"p{n}") for n in range(300)])
                blocks = zip(people, people[7:], strict=False)
                Block.objects.bulk_create([Block(blocker=a, blocked=b) for a, b in blocks])
                posts = Post.objects.bulk_create(
                    [
                        Post(author=host, state="published", published_at=timezone.now())
                        for _ in range(200)
                    ]
                )
                fill(posts[0], people, 60)
                fill(posts[1], people, MANY)
                yield posts[0], posts[1]
                transaction.set_rollback(True)
        finally:
            connection.close()


@pytest.fixture(scope="module", params=["fresh", "analyzed"])
def two_posts(
    request: pytest.FixtureRequest, filled: tuple[Post, Post], django_db_blocker: Any
) -> Iterator[tuple[Post, Post]]:
    """The posts, without the planner's statistics and with them."""
    with django_db_blocker.unblock(), transaction.atomic():
        # PostgreSQL gathers statistics by itself; SQLite runs on a site without any.
        if request.param == "analyzed" or connection.vendor == "postgresql":
            analyze()
        yield filled
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["visitor", "p5", "host"])
def test_ten_thousand_cost_what_sixty_do(
    who: str, two_posts: tuple[Post, Post], as_person: SignIn
) -> None:
    browser = as_person(User.objects.filter(username=who).first())
    sent = []
    for post in two_posts:
        first = Comment.objects.filter(post=post, reply_count__gt=0, held="").latest("created_at")
        for address in (
            f"/p/{post.code}/",
            f"/p/{post.code}/comments/{first.code}/replies",
        ):
            browser.get(address)
            with CaptureQueriesContext(connection) as captured:
                page_of(browser, address)
            sent.append(len(captured))
    assert sent[:2] == sent[2:]
    assert max(sent) <= 20


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["visitor", "p5", "host"])
def test_lists_of_comments_are_read_along_their_index(
    who: str, two_posts: tuple[Post, Post], as_person: SignIn
) -> None:
    browser = as_person(User.objects.filter(username=who).first())
    post = two_posts[1]
    page = page_of(browser, f"/p/{post.code}/")
    more = re.search(r'href="([^"]*cursor=[^"]*)#', page)
    assert more
    first = Comment.objects.filter(post=post, reply_count__gt=0, held="").latest("created_at")
    steps = {
        "comment_threads": [*listed(browser, f"/p/{post.code}/"), *listed(browser, more.group(1))],
        "comment_replies": listed(browser, f"/p/{post.code}/comments/{first.code}/replies"),
    }
    for index, plans in steps.items():
        assert plans, index
        for each in plans:
            assert index in each, each
            assert "SCAN posts_comment" not in each, each
            assert "Seq Scan posts_comment" not in each, each
            if index == "comment_threads":
                # The answers in one thread are few; PostgreSQL may sort them.
                assert "TEMP B-TREE" not in each, each
                assert not re.search(r"^(Incremental )?Sort", each, re.MULTILINE), each


def listed(browser: Client, address: str) -> list[str]:
    """The plans of the statements that list a page of comments."""
    sent: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if 'FROM "posts_comment"' in sql and "LIMIT 31" in sql:
            sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        page_of(browser, address)
    return [plan(sql, params) for sql, params in sent]
