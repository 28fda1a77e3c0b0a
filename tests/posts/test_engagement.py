"""Likes: counted exactly, whoever likes how often and at once."""

import pytest

from accounts.models import User
from notes_site.models import Event
from posts import likes
from posts.models import Like, Post
from tests.making import storm


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
    assert likes.like(user=friend, post=post)
    assert not likes.like(user=friend, post=post)
    assert likes.like(user=stranger, post=post)
    assert again(post).like_count == Like.objects.count() == 2
    assert likes.unlike(user=friend, post=post)
    assert not likes.unlike(user=friend, post=post)
    assert again(post).like_count == 1
    assert kinds() == ["like.created", "like.created", "like.removed"]
    assert again(post).version == 3, "a card shows the number"


@pytest.mark.django_db(transaction=True)
def test_twenty_people_at_once_are_twenty_likes(post: Post) -> None:
    people = [User.objects.create_user(f"person{number}") for number in range(20)]
    assert storm(lambda number: void(likes.like(user=people[number], post=post)), 20) == []
    assert again(post).like_count == Like.objects.count() == 20
    assert storm(lambda number: void(likes.unlike(user=people[number], post=post)), 20) == []
    assert again(post).like_count == Like.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_one_person_twenty_times_at_once_is_one_like(post: Post, stranger: User) -> None:
    assert storm(lambda _number: void(likes.like(user=stranger, post=post)), 20) == []
    assert again(post).like_count == Like.objects.count() == 1
    assert storm(lambda _number: void(likes.unlike(user=stranger, post=post)), 20) == []
    assert again(post).like_count == Like.objects.count() == 0


def void(_value: object) -> None:
    """For lambdas whose value does not matter."""
