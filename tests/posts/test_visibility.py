"""Who may see a post: the one rule, as a table written by hand."""

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.utils import timezone

from accounts.models import User
from posts.models import Post

EVERYONE = "visitor stranger follower friend author moderator"
# state, audience: who sees it
TABLE = {
    "published": {
        "public": EVERYONE,
        "unlisted": EVERYONE,
        "followers": "follower friend author moderator",
        "friends": "friend author moderator",
        "list": "author moderator",
        "self": "author",
    },
    "hidden": {
        "public": "author moderator",
        "unlisted": "author moderator",
        "followers": "author moderator",
        "friends": "author moderator",
        "list": "author moderator",
        "self": "author moderator",
    },
    "draft": dict.fromkeys(Post.Audience.values, "author"),
    "scheduled": dict.fromkeys(Post.Audience.values, "author"),
    "processing": dict.fromkeys(Post.Audience.values, "author"),
    "deleted": dict.fromkeys(Post.Audience.values, ""),
    "author suspended": {
        "public": "author moderator",
        "unlisted": "author moderator",
        "followers": "author moderator",
        "friends": "author moderator",
        "list": "author moderator",
        "self": "author",
    },
    "author closed": {
        "public": "author moderator",
        "unlisted": "author moderator",
        "followers": "author moderator",
        "friends": "author moderator",
        "list": "author moderator",
        "self": "author",
    },
}


@pytest.fixture
def viewers(
    owner: User, friend: User, follower: User, stranger: User, moderator: User
) -> dict[str, User | AnonymousUser]:
    """Everyone who may look."""
    return {
        "visitor": AnonymousUser(),
        "stranger": stranger,
        "follower": follower,
        "friend": friend,
        "author": owner,
        "moderator": moderator,
    }


@pytest.mark.parametrize("state", TABLE)
def test_the_table(state: str, owner: User, viewers: dict[str, User | AnonymousUser]) -> None:
    now = timezone.now()
    plain = state if state in Post.State.values else "published"
    for audience in Post.Audience.values:
        post = Post.objects.create(
            author=owner,
            audience=audience,
            state=plain,
            hidden_at=now if state == "hidden" else None,
            published_at=now,
        )
        if state.startswith("author"):
            User.objects.filter(pk=owner.pk).update(
                **{"suspended_at": now} if "suspended" in state else {"is_active": False}
            )
        seen = [
            name
            for name, viewer in viewers.items()
            if Post.objects.visible_to(viewer).filter(pk=post.pk).exists()
        ]
        assert seen == TABLE[state][audience].split(), f"{state}, {audience}"
        User.objects.filter(pk=owner.pk).update(suspended_at=None, is_active=True)


def test_the_table_is_whole() -> None:
    assert set(Post.State.values) <= set(TABLE)
    assert all(set(row) == set(Post.Audience.values) for row in TABLE.values())


def test_an_audience_nobody_knows_stays_closed(
    owner: User, viewers: dict[str, User | AnonymousUser]
) -> None:
    Post.objects.create(author=owner, audience="everyone?", state="published")
    seen = [name for name, viewer in viewers.items() if Post.objects.visible_to(viewer).exists()]
    assert seen == ["author", "moderator"]


def test_to_be_followed_is_not_to_follow(owner: User, stranger: User) -> None:
    owner.following.create(followee=stranger)
    Post.objects.create(author=owner, audience="followers", state="published")
    assert not Post.objects.visible_to(stranger).exists()


@pytest.mark.parametrize(
    ("staff", "permission", "sees"),
    [(True, True, True), (True, False, False), (False, True, False), (False, False, False)],
)
def test_a_moderator_is_staff_with_the_right_to(
    staff: bool, permission: bool, sees: bool, owner: User, stranger: User
) -> None:
    Post.objects.create(author=owner, state="published", hidden_at=timezone.now())
    User.objects.filter(pk=stranger.pk).update(is_staff=staff)
    if permission:
        stranger.user_permissions.add(Permission.objects.get(codename="change_post"))
    viewer = User.objects.get(pk=stranger.pk)
    assert Post.objects.visible_to(viewer).exists() == sees


@pytest.mark.parametrize("state", [state for state in TABLE if state != "author closed"])
def test_only_public_posts_that_stand_are_listed(state: str, owner: User) -> None:
    plain = state if state in Post.State.values else "published"
    for audience in Post.Audience.values:
        Post.objects.create(
            author=owner,
            audience=audience,
            state=plain,
            hidden_at=timezone.now() if state == "hidden" else None,
        )
    if state == "author suspended":
        User.objects.update(suspended_at=timezone.now())
    listed = Post.objects.visible_to(AnonymousUser()).listed()
    assert [post.audience for post in listed] == (["public"] if state == "published" else [])
