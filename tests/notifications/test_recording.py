"""Who hears of what: each kind, what is taken back, and those who hear nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import SignUp, User
from accounts.social import follows, relations
from notes_site.models import Event
from notes_site.queue import events
from notifications.kinds import Kind
from notifications.models import Notification, NotificationEvent
from posts import likes
from posts.authoring import publishing
from posts.commenting import comments
from posts.models import Comment, Post
from tests.notifications.conftest import (
    MakePeople,
    everything,
    happen,
    happen_again,
    post_of,
    told,
)

pytestmark = pytest.mark.django_db


def like(user: User, post: Post) -> None:
    likes.like(user=user, post=post)


def write(author: User, post: Post, text: str = "Fine light", **more: Any) -> Comment:
    return comments.write(author=author, post=post, text=text, **more)


def test_thirteen_likes_are_one_line(owner: User, post: Post, people: MakePeople) -> None:
    for person in people(13):
        like(person, post)
    happen()
    assert told(owner) == [(Kind.LIKE, 13)]


def test_a_like_taken_back_takes_its_notification_back(
    owner: User, post: Post, people: MakePeople
) -> None:
    first, second = people(2)
    like(first, post)
    happen()
    before = Notification.objects.get().newest_at
    like(second, post)
    happen()
    likes.unlike(user=second, post=post)
    happen()
    assert told(owner) == [(Kind.LIKE, 1)]
    assert Notification.objects.get().newest_at == before
    likes.unlike(user=first, post=post)
    happen()
    assert told(owner) == []


def test_nobody_hears_of_themselves(owner: User, post: Post) -> None:
    like(owner, post)
    own = write(owner, post, "Look, @owner")
    comments.like(user=owner, comment=own)
    happen()
    assert told(owner) == []


def test_a_comment_its_answer_and_their_likes(
    owner: User, post: Post, stranger: User, people: MakePeople
) -> None:
    (third,) = people(1)
    comment = write(stranger, post)
    happen()
    assert told(owner) == [(Kind.COMMENT, 1)]
    answer = write(third, post, parent=comment)
    comments.like(user=owner, comment=comment)
    comments.like(user=third, comment=comment)
    happen()
    assert sorted(told(stranger)) == [(Kind.COMMENT_LIKE, 2), (Kind.REPLY, 1)]
    assert told(owner) == [(Kind.COMMENT, 2)]
    comments.unlike(user=owner, comment=comment)
    comments.delete(answer)
    happen()
    assert told(stranger) == [(Kind.COMMENT_LIKE, 1)]
    assert told(owner) == [(Kind.COMMENT, 1)]


def test_two_comments_of_one_person_are_one_person(owner: User, post: Post, stranger: User) -> None:
    first, second = write(stranger, post), write(stranger, post, "And colours")
    happen()
    assert told(owner) == [(Kind.COMMENT, 1)]
    comments.delete(first)
    happen()
    assert told(owner) == [(Kind.COMMENT, 1)]
    comments.delete(second)
    happen()
    assert told(owner) == []


def test_a_mention_is_heard_where_the_post_may_be_seen(
    owner: User, friend: User, stranger: User
) -> None:
    for audience in ("public", "friends"):
        post_id = post_of(owner, audience=audience, mentions=["friend", "stranger"]).pk
        events.record("post.published", post_id)
    happen()
    assert [kind for kind, _count in told(stranger)] == [Kind.MENTION]
    mentions = Notification.objects.filter(recipient=friend, kind=Kind.MENTION)
    assert mentions.count() == 2


def test_a_mention_taken_out_is_taken_back(owner: User, stranger: User, people: MakePeople) -> None:
    (other,) = people(1)
    post = post_of(owner, mentions=["stranger"])
    events.record("post.published", post.pk)
    happen()
    assert told(stranger) == [(Kind.MENTION, 1)]
    Post.objects.filter(pk=post.pk).update(mentions=[other.username])
    events.record("post.changed", post.pk)
    happen()
    assert told(stranger) == []
    assert told(other) == [(Kind.MENTION, 1)]


def test_a_mention_in_a_comment_and_its_edit(
    owner: User, post: Post, stranger: User, follower: User
) -> None:
    comment = write(stranger, post, "See @follower and @owner")
    happen()
    assert told(follower) == [(Kind.MENTION, 1)]
    assert (Kind.MENTION, 1) not in told(owner)
    comments.edit(comment=comment, text="See nobody")
    happen()
    assert told(follower) == []


def test_a_comment_on_a_friends_post_reaches_no_stranger(
    owner: User, friend: User, stranger: User
) -> None:
    write(friend, post_of(owner, audience="friends"), "Ask @stranger")
    happen()
    assert told(stranger) == []


def test_follow_and_unfollow(owner: User, stranger: User) -> None:
    follows.follow(follower=stranger, followee=owner)
    happen()
    assert told(owner) == [(Kind.FOLLOW, 1)]
    follows.unfollow(follower=stranger, followee=owner)
    happen()
    assert told(owner) == []


def test_a_request_becomes_a_follower_and_its_answer_is_heard(owner: User, stranger: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_private=True)
    owner.refresh_from_db()
    follows.follow(follower=stranger, followee=owner)
    happen()
    asked = Notification.objects.get(recipient=owner)
    assert asked.kind == Kind.REQUEST
    follows.accept(target=owner, requester=stranger)
    happen()
    # What one did oneself is no news: the line only says now what is so.
    line = Notification.objects.get(recipient=owner)
    assert (line.pk, line.kind, line.newest_at) == (asked.pk, Kind.FOLLOW, asked.newest_at)
    assert told(stranger) == [(Kind.ACCEPTED, 1)]


@pytest.mark.parametrize("answer", ["decline", "withdraw"])
def test_a_request_that_ends_is_taken_back(owner: User, stranger: User, answer: str) -> None:
    User.objects.filter(pk=owner.pk).update(is_private=True)
    owner.refresh_from_db()
    follows.follow(follower=stranger, followee=owner)
    happen()
    if answer == "decline":
        follows.decline(target=owner, requester=stranger)
    else:
        follows.unfollow(follower=stranger, followee=owner)
    happen()
    assert (told(owner), told(stranger)) == ([], [])


def test_a_held_comment_waits_for_its_approval(owner: User, stranger: User) -> None:
    User.objects.filter(pk=owner.pk).update(approves_comments=True)
    post = post_of(User.objects.get(pk=owner.pk))
    comment = write(stranger, post, "May I? @owner")
    happen()
    assert told(owner) == [(Kind.COMMENT_HELD, 1)]
    comments.approve(comment)
    happen()
    assert told(stranger) == [(Kind.COMMENT_APPROVED, 1)]
    assert told(owner) == [(Kind.COMMENT_HELD, 1)]


def test_restricted_people_are_heard_only_when_approved(
    owner: User, post: Post, stranger: User, follower: User
) -> None:
    relations.restrict(restricter=owner, restricted=stranger)
    comment = write(stranger, post, "Hello @follower")
    happen()
    assert (told(owner)[:-1], told(follower)) == ([], [])
    comments.approve(comment)
    happen()
    assert told(follower) == [(Kind.MENTION, 1)]


def test_moderation_is_heard(owner: User, post: Post, stranger: User) -> None:
    publishing.hide_post(post, "Not yours")
    comment = write(stranger, post_of(owner))
    happen()
    comments.hide(comment, "Rude")
    happen()
    details = Notification.objects.filter(kind=Kind.MODERATION)
    assert details.get(recipient=owner).detail == "post_hidden"
    assert details.get(recipient=stranger).detail == "comment_hidden"
    assert (Kind.COMMENT, 1) not in told(owner)
    publishing.restore_post(post)
    comments.restore(comment)
    happen()
    assert details.get(recipient=owner).detail == "post_restored"
    assert details.get(recipient=stranger).detail == "comment_restored"


def test_moderators_hear_who_waits(moderator: User, owner: User) -> None:
    waiting = User.objects.create_user("waiting", is_active=False)
    sign_up = SignUp.objects.create(user=waiting, reason="I like it here")
    events.record("sign_up.requested", waiting.pk)
    happen()
    assert (told(moderator), told(owner)) == ([(Kind.SIGN_UP, 0)], [])
    SignUp.objects.filter(pk=sign_up.pk).update(decided_at=timezone.now())
    events.record("sign_up.approved", waiting.pk)
    happen()
    assert told(moderator) == []


@pytest.mark.parametrize("way", ["blocks", "blocked", "mutes posts", "mutes comments"])
def test_nothing_of_people_apart(owner: User, post: Post, stranger: User, way: str) -> None:
    like(stranger, post)
    comment = write(stranger, post, "Hello @owner")
    follows.follow(follower=stranger, followee=owner)
    # They act first, and the worker comes to it when the two are apart.
    if way == "blocks":
        relations.block(blocker=owner, blocked=stranger)
    elif way == "blocked":
        relations.block(blocker=stranger, blocked=owner)
    else:
        relations.mute(
            muter=owner, muted=stranger, posts=way[6:] == "posts", comments=way[6:] != "posts"
        )
    comments.like(user=stranger, comment=write(owner, post, parent=comment))
    happen()
    assert told(owner) == []


def test_a_mute_that_is_over_mutes_nothing(owner: User, post: Post, stranger: User) -> None:
    past = timezone.now() - timedelta(seconds=1)
    owner.mutes.create(muted=stranger, until=past)
    like(stranger, post)
    happen()
    assert told(owner) == [(Kind.LIKE, 1)]


def test_a_block_takes_away_what_was_told(
    owner: User, post: Post, stranger: User, people: MakePeople
) -> None:
    (other,) = people(1)
    theirs = post_of(stranger)
    for user, liked in ((stranger, post), (other, post), (owner, theirs)):
        like(user, liked)
    write(stranger, post)
    happen()
    relations.block(blocker=owner, blocked=stranger)
    happen()
    assert told(owner) == [(Kind.LIKE, 1)]
    assert told(stranger) == []


def test_a_deleted_post_leaves_nothing(owner: User, post: Post, stranger: User) -> None:
    like(stranger, post)
    write(stranger, post, "Hello @owner")
    happen()
    assert NotificationEvent.objects.count() == 2
    publishing.delete_post(post)
    happen()
    assert (told(owner), NotificationEvent.objects.count()) == ([], 0)


def life(owner: User, stranger: User, friend: User) -> None:
    """A little of everything, some of it taken back."""
    post = post_of(owner, mentions=["friend"])
    events.record("post.published", post.pk)
    for user in (stranger, friend):
        like(user, post)
    likes.unlike(user=stranger, post=post)
    said = write(stranger, post, "Hello @friend")
    gone = write(friend, post, "I am off", parent=said)
    comments.like(user=owner, comment=said)
    comments.like(user=friend, comment=said)
    comments.unlike(user=friend, comment=said)
    comments.delete(gone)
    follows.follow(follower=stranger, followee=owner)
    User.objects.filter(pk=friend.pk).update(is_private=True)
    follows.follow(follower=stranger, followee=User.objects.get(pk=friend.pk))
    follows.accept(target=friend, requester=stranger)
    publishing.hide_post(post, "Why")
    publishing.restore_post(post)


def test_every_handler_may_run_twice(owner: User, stranger: User, friend: User) -> None:
    life(owner, stranger, friend)
    happen()
    before = everything()
    assert {row[1] for row in before} >= {Kind.LIKE, Kind.COMMENT, Kind.MENTION, Kind.FOLLOW}
    happen_again()
    assert everything() == before


def test_events_may_come_in_any_order(owner: User, stranger: User, friend: User) -> None:
    life(owner, stranger, friend)
    happen()
    before = [(told(person)) for person in (owner, stranger, friend)]
    Notification.objects.all().delete()
    happen_again(backwards=True)
    after = [(told(person)) for person in (owner, stranger, friend)]
    assert [sorted(lines) for lines in after] == [
        # Nobody had been told that the post was hidden when it was back.
        sorted(line for line in lines if line[0] != Kind.MODERATION)
        for lines in before
    ]


def test_events_that_say_little_do_no_harm(owner: User, post: Post) -> None:
    for kind in (
        "like.created",
        "comment.created",
        "comment.liked",
        "follow.created",
        "photo.refused",
        "follow.accepted",
        "follow.requested",
    ):
        events.record(kind, post.pk)
    happen()
    assert told(owner) == []
    assert not Event.objects.filter(handled_at=None).exists()


def test_a_changed_audience_reaches_those_it_now_includes(owner: User, stranger: User) -> None:
    post = post_of(owner, audience="self", mentions=["stranger"])
    events.record("post.published", post.pk)
    happen()
    assert told(stranger) == []
    Post.objects.filter(pk=post.pk).update(audience="public")
    events.record("post.changed", post.pk)
    happen()
    assert told(stranger) == [(Kind.MENTION, 1)]
