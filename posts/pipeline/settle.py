"""Step: what waited for a photo goes on, once it is ready or has failed."""

from django.db import transaction
from django.utils import timezone

from notes_site.queue import events
from posts.models import Photo, Post, PostTopic
from posts.pipeline import avatars, placement


def photo_settled(photo_id: int) -> None:
    """A photo became ready or failed: once that is committed, see what it was waited for."""
    # After commit, and so without the photo's row lock: posts are locked before photos.
    transaction.on_commit(lambda: _settle(photo_id))


def _settle(photo_id: int) -> None:
    photo = Photo.objects.select_related("post").filter(pk=photo_id).first()
    if photo is None:
        return
    if photo.post is None:
        avatars.use_if_ready(photo.pk)
    elif photo.post.state == Post.State.PROCESSING:
        publish_if_ready(photo.post.pk)
    else:
        placement.request_placement(photo.post)


@transaction.atomic
def publish_if_ready(post_id: int) -> bool:
    """Publish a post whose photos are all ready; True when this call did it."""
    post = Post.objects.select_for_update().filter(pk=post_id, state=Post.State.PROCESSING).first()
    if post is None:
        return False
    states = set(post.photos.values_list("state", flat=True))
    # A post without photos has no states at all, so it isn't published empty.
    if states != {Photo.State.READY} or post.photos.filter(held_at__isnull=False).exists():
        return False
    now = timezone.now()
    Post.objects.filter(pk=post.pk).bump(
        state=Post.State.PUBLISHED, published_at=now, photo_count=post.photos.count()
    )
    PostTopic.objects.filter(post=post).update(published_at=now)
    placement.refresh_cover(post.pk)
    placement.request_placement(post)
    events.record("post.published", post.pk)
    return True
