"""Taking the demo people away, with everything of theirs, by the product's own deletions."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from accounts.models import Follow, User
from accounts.social import follows
from demo import people
from demo.community import Community
from posts import likes
from posts.authoring import publishing
from posts.commenting import comments
from posts.models import Comment, CommentLike, Erasure, Like, Photo, Post, Topic
from posts.pipeline import avatars, erase


@dataclass(frozen=True)
class Removed:
    """How much went, and how many objects storage has yet to confirm."""

    people: int
    posts: int
    objects_left: int


def remove(community: Community) -> Removed:
    """Remove the demo people that are here; running it again goes on where it stopped."""
    users = list(people.users_of(community))
    owner_ids = [user.pk for user in users]
    posts = sum(_remove_person(user) for user in users)
    Topic.objects.filter(posts=None).delete()
    people.password_file().unlink(missing_ok=True)
    erase.erase_due()
    left = Erasure.objects.filter(owner_id__in=owner_ids, erased_at=None).count()
    return Removed(people=len(users), posts=posts, objects_left=left)


@transaction.atomic
def _remove_person(user: User) -> int:
    """Remove one person; returns how many posts went with them."""
    posts = list(user.posts.exclude(state=Post.State.DELETED))
    for post in posts:
        publishing.delete_post(post)
    for like in Like.objects.filter(user=user).select_related("post"):
        likes.unlike(user=user, post=like.post)
    for liked in CommentLike.objects.filter(user=user).select_related("comment"):
        comments.unlike(user=user, comment=liked.comment)
    for comment in Comment.objects.filter(author=user):
        comments.delete(comment)
    for follow in Follow.objects.filter(Q(follower=user) | Q(followee=user)).select_related():
        follows.unfollow(follower=follow.follower, followee=follow.followee)
    for photo in Photo.objects.filter(owner=user):
        erase.erase_photo(photo)
    avatars.replace(user, "")
    user.delete()
    return len(posts)
