"""Comments and answers: written, changed, deleted, pinned and liked, and counted exactly."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import suspension
from accounts.models import User
from accounts.social import relations
from notes_site.models import Event
from notes_site.queue import events
from posts.commenting import comments, counts
from posts.commenting.rules import change_rules
from posts.models import Comment, CommentLike, Post


@pytest.fixture
def post(owner: User) -> Post:
    """A published post."""
    return Post.objects.create(author=owner, state="published", published_at=timezone.now())


def count(post: Post) -> int:
    return Post.objects.get(pk=post.pk).comment_count


def replies(comment: Comment) -> int:
    return Comment.objects.get(pk=comment.pk).reply_count


def kinds() -> list[str]:
    """What was recorded of comments, and forgotten now."""
    found = list(Event.objects.filter(kind__startswith="comment").order_by("pk"))
    Event.objects.all().delete()
    return [event.kind.removeprefix("comment.") for event in found]


def handle() -> None:
    """Handle what was recorded, as a worker does."""
    for event in Event.objects.filter(handled_at=None).order_by("pk"):
        events.handle(event.pk)


def thread(post: Post, one: User, *others: User) -> tuple[Comment, list[Comment]]:
    """A comment and an answer to it by each of the others."""
    first = comments.write(author=one, post=post, text="first")
    said = [
        comments.write(author=other, post=post, parent=first, text=f"answer {number}")
        for number, other in enumerate(others)
    ]
    return first, said


def test_a_comment_counts_while_others_can_read_it(post: Post, stranger: User) -> None:
    written = comments.write(author=stranger, post=post, text="hello")
    assert (count(post), kinds()) == (1, ["created"])
    assert comments.hide(written, "spam")
    assert not comments.hide(written, "spam")
    assert (count(post), kinds()) == (0, ["removed"])
    assert comments.restore(written)
    assert not comments.restore(written)
    assert (count(post), kinds()) == (1, ["created"])
    assert comments.delete(written)
    assert not comments.delete(written)
    assert (count(post), kinds()) == (0, ["removed"])
    assert not Comment.objects.exists()


def test_a_hidden_comment_that_is_deleted_is_not_taken_off_twice(
    post: Post, stranger: User
) -> None:
    written = comments.write(author=stranger, post=post, text="hello")
    comments.hide(written, "spam")
    comments.delete(written)  # still as it was before it was hidden
    assert (count(post), kinds()) == (0, ["created", "removed"])


def test_answers_stand_one_level_deep(post: Post, owner: User, friend: User) -> None:
    first, (second,) = thread(post, owner, friend)
    third = comments.write(author=owner, post=post, parent=second, text="@friend yes")
    assert third.parent == first
    assert (count(post), replies(first), replies(second)) == (3, 2, 0)
    assert third.mentions == ["friend"]


def test_an_answer_to_what_is_gone_is_refused(post: Post, owner: User, friend: User) -> None:
    first, _none = thread(post, owner)
    comments.delete(first)
    with pytest.raises(comments.GoneError):
        comments.write(author=friend, post=post, parent=first, text="hello")
    other = Post.objects.create(author=owner, state="published")
    elsewhere, _none = thread(other, owner)
    with pytest.raises(comments.GoneError):
        comments.write(author=friend, post=post, parent=elsewhere, text="hello")
    assert not Comment.objects.filter(author=friend).exists()


def test_the_same_key_is_the_same_comment(post: Post, friend: User, stranger: User) -> None:
    one = comments.write(author=friend, post=post, text="hello", submission_key="k")
    assert comments.write(author=friend, post=post, text="hello", submission_key="k") == one
    assert comments.write(author=stranger, post=post, text="hello", submission_key="k") != one
    assert count(post) == 2
    assert kinds() == ["created", "created"]


def test_the_place_of_what_was_answered_stays_until_the_last_answer_goes(
    post: Post, owner: User, friend: User, stranger: User
) -> None:
    first, (second, third) = thread(post, owner, friend, stranger)
    comments.like(user=friend, comment=first)
    comments.pin(first)
    assert comments.delete(first)
    assert not comments.delete(first)
    first.refresh_from_db()
    assert (first.author, first.text, first.like_count, first.pinned_at) == (None, "", 0, None)
    assert not CommentLike.objects.exists()
    assert (count(post), first.reply_count) == (2, 2)
    assert first in Comment.objects.visible_to(stranger)
    assert not comments.hide(first, "spam")
    comments.delete(second)
    assert Comment.objects.filter(pk=first.pk).exists()
    comments.delete(third)
    assert not Comment.objects.exists()
    assert count(post) == 0


def test_the_place_waits_for_an_answer_that_is_held(post: Post, owner: User, friend: User) -> None:
    relations.restrict(restricter=owner, restricted=friend)
    first, (held,) = thread(post, owner, friend)
    comments.delete(first)
    assert first not in Comment.objects.visible_to(owner), "nobody sees why it would stand there"
    comments.approve(held)
    assert first in Comment.objects.visible_to(owner)
    assert count(post) == 1


def test_a_thread_that_is_hidden_takes_its_answers_along(
    post: Post, owner: User, friend: User, stranger: User
) -> None:
    first, (second,) = thread(post, friend, stranger)
    assert comments.hide(first, "spam")
    assert count(post) == 0
    assert second not in Comment.objects.visible_to(owner)
    comments.restore(first)
    assert count(post) == 2
    assert second in Comment.objects.visible_to(owner)


def test_the_suspended_and_the_leaving_do_not_count(
    post: Post, owner: User, friend: User, stranger: User
) -> None:
    first, (second,) = thread(post, friend, stranger)
    for person, left in ((stranger, 1), (friend, 0)):
        suspension.suspend(person=person, reason="spam")
        handle()
        handle()
        assert count(post) == left
    assert replies(first) == 0
    suspension.unsuspend(person=friend)
    suspension.unsuspend(person=stranger)
    handle()
    assert (count(post), replies(first)) == (2, 1)
    User.objects.filter(pk=stranger.pk).update(leaving_at=timezone.now())
    events.record("user.leaving", stranger.pk)
    handle()
    assert (count(post), replies(first)) == (1, 0)
    assert second not in Comment.objects.visible_to(owner)


def test_a_comment_deleted_before_its_writers_return_was_counted(
    post: Post, friend: User, stranger: User
) -> None:
    """Between the deed and its event a counter is stale; whatever changes next puts it right."""
    first, (second,) = thread(post, friend, stranger)
    suspension.suspend(person=stranger, reason="spam")
    handle()
    suspension.unsuspend(person=stranger)
    comments.delete(second)
    assert (count(post), replies(first)) == (1, 0)
    handle()
    assert (count(post), replies(first)) == (1, 0)


@pytest.mark.parametrize("by_author", [True, False])
def test_who_is_apart_from_the_author_does_not_count(
    by_author: bool, post: Post, owner: User, friend: User, stranger: User
) -> None:
    first, (second,) = thread(post, friend, stranger)
    blocker, blocked = (owner, friend) if by_author else (friend, owner)
    relations.block(blocker=blocker, blocked=blocked)
    handle()
    assert count(post) == 0, "with the thread its answers are out of reach"
    for viewer in (owner, stranger):
        assert not Comment.objects.visible_to(viewer).filter(pk__in=[first.pk, second.pk]).exists()
    relations.unblock(blocker=blocker, blocked=blocked)
    handle()
    assert count(post) == 2


def test_who_blocked_whom_elsewhere_changes_no_number(
    post: Post, owner: User, friend: User, stranger: User
) -> None:
    first, (second,) = thread(post, friend, stranger)
    relations.block(blocker=stranger, blocked=friend)
    handle()
    assert count(post) == 2
    assert first not in Comment.objects.visible_to(stranger)
    assert second not in Comment.objects.visible_to(friend)
    assert second in Comment.objects.visible_to(owner)
    relations.mute(muter=owner, muted=friend)
    assert not Comment.objects.visible_to(owner).exists(), "nor the answers to what one muted"


def test_words_change_for_fifteen_minutes(post: Post, friend: User) -> None:
    written = comments.write(author=friend, post=post, text="helo")
    assert comments.edit(comment=written, text="hello @owner and @nobody")
    written.refresh_from_db()
    assert (written.text, written.mentions) == ("hello @owner and @nobody", ["owner"])
    assert written.edited_at is not None
    assert kinds() == ["created", "changed"]
    edited_at = written.edited_at
    assert comments.edit(comment=written, text="hello @owner and @nobody")
    written.refresh_from_db()
    assert written.edited_at == edited_at, "the same words are no change"
    Comment.objects.update(created_at=timezone.now() - timedelta(minutes=15, seconds=1))
    assert not comments.edit(comment=written, text="too late")
    written.refresh_from_db()
    assert written.text == "hello @owner and @nobody"


def test_a_changed_comment_goes_through_the_filter_again(
    post: Post, owner: User, friend: User
) -> None:
    change_rules(person=owner, comments_by="everyone", approves_comments=False, filtered_words="b")
    written = comments.write(author=friend, post=post, text="a")
    assert comments.edit(comment=written, text="a b")
    assert count(post) == 0
    assert kinds() == ["created", "removed", "held", "changed"]
    written.refresh_from_db()
    assert written.held == "words"
    assert comments.edit(comment=written, text="a c")
    assert (count(post), kinds()) == (1, ["created", "changed"])


def test_three_comments_are_pinned_at_most(post: Post, owner: User, friend: User) -> None:
    said = [comments.write(author=friend, post=post, text=f"hello {each}") for each in range(5)]
    for each in said[:3]:
        assert comments.pin(each)
    assert comments.pin(said[0]), "it stands there already"
    with pytest.raises(comments.TooManyPinsError):
        comments.pin(said[3])
    assert comments.unpin(said[0])
    assert not comments.unpin(said[0])
    assert comments.pin(said[3])
    comments.hide(said[3], "spam")
    assert comments.pin(said[4]), "a hidden one takes no place"
    assert not comments.pin(said[3])
    answer = comments.write(author=friend, post=post, parent=said[1], text="yes")
    comments.unpin(said[1])
    assert not comments.pin(answer)


def test_who_is_not_there_takes_no_pinned_place(post: Post, owner: User, friend: User) -> None:
    people = [User.objects.create_user(f"person{each}") for each in range(4)]
    said = [comments.write(author=each, post=post, text="hello") for each in people]
    for each in said[:3]:
        comments.pin(each)
    User.objects.filter(pk=people[0].pk).update(suspended_at=timezone.now())
    assert comments.pin(said[3])
    comments.unpin(said[3])
    User.objects.filter(pk=people[0].pk).update(suspended_at=None)
    relations.mute(muter=owner, muted=people[0], posts=False, comments=True)
    assert comments.pin(said[3]), "its author could not even unpin what they don't see"


def test_a_comment_is_liked_once(post: Post, owner: User, friend: User) -> None:
    written = comments.write(author=owner, post=post, text="hello")
    kinds()
    assert comments.like(user=friend, comment=written)
    assert not comments.like(user=friend, comment=written)
    written.refresh_from_db()
    assert (written.like_count, kinds()) == (1, ["liked"])
    assert comments.unlike(user=friend, comment=written)
    assert not comments.unlike(user=friend, comment=written)
    written.refresh_from_db()
    assert (written.like_count, kinds()) == (0, ["unliked"])
    comments.delete(written)
    assert not comments.like(user=friend, comment=written)


def test_mentions_are_of_people_the_writer_may_know(post: Post, owner: User, friend: User) -> None:
    for name in ("blocker", "suspended", "there"):
        User.objects.create_user(name)
    relations.block(blocker=User.objects.get(username="blocker"), blocked=friend)
    User.objects.filter(username="suspended").update(suspended_at=timezone.now())
    text = "@blocker @suspended @There @nobody"
    written = comments.write(author=friend, post=post, text=text)
    assert written.mentions == ["there"]


def test_counting_again_costs_the_same_for_many(post: Post, owner: User, friend: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            counts.recount(post.pk)
        return len(captured)

    thread(post, owner, friend)
    before = queries()
    for _ in range(5):
        thread(post, owner, friend, owner)
    assert queries() == before
