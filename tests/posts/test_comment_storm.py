"""Fifty people comment, answer, like, pin and delete at once: every number is right afterwards."""

import contextlib

import pytest

from accounts import suspension
from accounts.models import User
from accounts.social import relations
from notes_site.models import Event
from notes_site.queue import events
from posts import counters
from posts.commenting import comments
from posts.models import Comment, CommentLike, Post
from tests.making import storm

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 50


@pytest.fixture
def people(owner: User) -> list[User]:
    """Fifty people besides the owner."""
    return User.objects.bulk_create([User(username=f"person{each}") for each in range(THREADS)])


@pytest.fixture
def post(owner: User) -> Post:
    """A published post."""
    return Post.objects.create(author=owner, state="published")


def drifts() -> list[str]:
    return [str(drift) for drift in counters.drifts(repair=False)]


def handle() -> None:
    """Handle what was recorded of people, as a worker does."""
    for event in Event.objects.filter(handled_at=None, kind__regex="^(user|people)"):
        events.handle(event.pk)


def test_fifty_comments_and_answers(post: Post, people: list[User], owner: User) -> None:
    first = comments.write(author=owner, post=post, text="first")

    def talk(number: int) -> None:
        person = people[number]
        written = comments.write(author=person, post=post, text="hello")
        answer = comments.write(author=person, post=post, parent=first, text="yes")
        comments.write(author=owner, post=post, parent=answer, text="and you")
        if number % 2:
            comments.delete(written)
        if number % 5 == 0:
            comments.delete(answer)

    assert storm(talk) == []
    post.refresh_from_db()
    first.refresh_from_db()
    assert (first.reply_count, post.comment_count) == (90, 1 + 25 + 90)
    assert drifts() == []


def test_fifty_likes_of_one_comment(post: Post, people: list[User], owner: User) -> None:
    written = comments.write(author=owner, post=post, text="hello")
    assert storm(lambda number: comments.like(user=people[number], comment=written)) == []
    written.refresh_from_db()
    assert written.like_count == CommentLike.objects.count() == THREADS
    assert storm(lambda number: comments.like(user=people[0], comment=written)) == []
    assert storm(lambda number: comments.unlike(user=people[number // 2], comment=written)) == []
    written.refresh_from_db()
    assert written.like_count == CommentLike.objects.count() == THREADS // 2


def test_one_form_sent_fifty_times_is_one_comment(post: Post, people: list[User]) -> None:
    def send(_number: int) -> Comment:
        return comments.write(author=people[0], post=post, text="hello", submission_key="key")

    assert storm(send) == []
    post.refresh_from_db()
    assert Comment.objects.count() == post.comment_count == 1


def test_three_of_fifty_are_pinned(post: Post, people: list[User]) -> None:
    said = [comments.write(author=each, post=post, text="hello") for each in people]

    def pin(number: int) -> None:
        with contextlib.suppress(comments.TooManyPinsError):
            comments.pin(said[number])

    assert storm(pin) == []
    assert Comment.objects.filter(pinned_at__isnull=False).count() == comments.MAX_PINNED


def test_people_come_and_go_while_they_write(post: Post, people: list[User], owner: User) -> None:
    """Suspended, blocked and back in the midst of it; when all is handled, all is right."""
    first = comments.write(author=people[0], post=post, text="first")

    def live(number: int) -> None:
        person = people[number]
        written = comments.write(author=person, post=post, text="hello")
        comments.write(author=person, post=post, parent=first, text="yes")
        match number % 5:
            case 0:
                suspension.suspend(person=person, reason="spam")
            case 1:
                relations.block(blocker=owner, blocked=person)
            case 2:
                comments.hide(written, "spam")
            case 3:
                suspension.suspend(person=person, reason="spam")
                handle()
                suspension.unsuspend(person=person)
                comments.delete(written)
        handle()

    assert storm(live) == []
    handle()
    assert drifts() == []
    post.refresh_from_db()
    first.refresh_from_db()
    # The first comment's writer is suspended: what was answered there is out of reach with it.
    assert (first.reply_count, post.comment_count) == (30, 10)


def test_a_thread_is_deleted_while_fifty_answer(post: Post, people: list[User]) -> None:
    first = comments.write(author=people[0], post=post, text="first")
    refused = []

    def answer(number: int) -> None:
        if number == THREADS // 2:
            comments.delete(first)
            return
        try:
            comments.write(author=people[number], post=post, parent=first, text="yes")
        except comments.GoneError:
            refused.append(number)

    assert storm(answer) == []
    post.refresh_from_db()
    assert Comment.objects.filter(author__isnull=False).count() == post.comment_count
    assert post.comment_count == THREADS - 1 - len(refused)
    assert drifts() == []
