"""Likes and comments: counted exactly, whoever does it how often and at once."""

import threading
from collections.abc import Callable

import pytest

from accounts.models import User
from notes_site.models import Event
from posts import comments, engagement
from posts.models import Comment, Like, Post
from tests.making import own_connection


@pytest.fixture
def post(owner: User) -> Post:
    """A published post."""
    return Post.objects.create(author=owner, state="published")


def again(post: Post) -> Post:
    return Post.objects.get(pk=post.pk)


def kinds() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def test_a_like_counts_once(post: Post, friend: User, stranger: User) -> None:
    Event.objects.all().delete()
    assert engagement.like(user=friend, post=post)
    assert not engagement.like(user=friend, post=post)
    assert engagement.like(user=stranger, post=post)
    assert again(post).like_count == Like.objects.count() == 2
    assert engagement.unlike(user=friend, post=post)
    assert not engagement.unlike(user=friend, post=post)
    assert again(post).like_count == 1
    assert kinds() == ["like.created", "like.created", "like.removed"]
    assert again(post).version == 3, "a card shows the number"


def test_a_comment_counts_while_it_stands(post: Post, stranger: User) -> None:
    written = comments.write(author=stranger, post=post, text="hello")
    assert again(post).comment_count == 1
    assert comments.hide(written, "spam")
    assert not comments.hide(written, "spam")
    assert again(post).comment_count == 0
    written.refresh_from_db()
    assert comments.restore(written)
    assert not comments.restore(written)
    assert again(post).comment_count == 1
    written.refresh_from_db()
    assert comments.delete(written)
    assert not comments.delete(written)
    assert again(post).comment_count == 0
    assert kinds() == [
        "comment.created",
        "comment.removed",
        "comment.created",
        "comment.removed",
    ]


def test_a_hidden_comment_that_is_deleted_is_not_taken_off_twice(
    post: Post, stranger: User
) -> None:
    written = comments.write(author=stranger, post=post, text="hello")
    comments.hide(written, "spam")
    comments.delete(written)  # still as it was before it was hidden
    assert again(post).comment_count == 0


def storm(work: Callable[[int], None], threads: int = 20) -> list[Exception]:
    start, errors = threading.Barrier(threads), []

    def run(number: int) -> None:
        with own_connection():
            start.wait()
            try:
                work(number)
            except Exception as error:  # noqa: BLE001  (any is a failure of the test)
                errors.append(error)

    running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return errors


@pytest.mark.django_db(transaction=True)
def test_twenty_people_at_once_are_twenty_likes(post: Post) -> None:
    people = [User.objects.create_user(f"person{number}") for number in range(20)]
    assert storm(lambda number: void(engagement.like(user=people[number], post=post))) == []
    assert again(post).like_count == Like.objects.count() == 20
    assert storm(lambda number: void(engagement.unlike(user=people[number], post=post))) == []
    assert again(post).like_count == Like.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_one_person_twenty_times_at_once_is_one_like(post: Post, stranger: User) -> None:
    assert storm(lambda _number: void(engagement.like(user=stranger, post=post))) == []
    assert again(post).like_count == Like.objects.count() == 1
    assert storm(lambda _number: void(engagement.unlike(user=stranger, post=post))) == []
    assert again(post).like_count == Like.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_comments_come_and_go_at_once(post: Post, stranger: User) -> None:
    def talk(number: int) -> None:
        written = comments.write(author=stranger, post=post, text=f"hello {number}")
        if number % 2:
            comments.delete(written)

    assert storm(talk) == []
    assert again(post).comment_count == Comment.objects.count() == 10


def void(_value: object) -> None:
    """For lambdas whose value does not matter."""
