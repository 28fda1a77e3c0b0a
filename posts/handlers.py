"""What posts do when something happened to their author."""

from django.db import transaction

from notes_site.events import handles
from notes_site.models import Event
from notes_site.transactions import queue_on_commit
from posts.models import Photo, Post


@handles("user.suspended", "user.restored")
def move_media(event: Event) -> None:
    """Ask for the renditions of all the person's posts to be looked at; safe to run twice."""
    from posts import tasks

    posts = Post.objects.filter(author=event.subject_id, state=Post.State.PUBLISHED)
    with transaction.atomic():
        Photo.objects.filter(post__in=posts).update(placed=False)
        for post_id in posts.values_list("pk", flat=True):
            queue_on_commit(tasks.place_post, post_id)


@handles("user.changed")
def make_cards_anew(event: Event) -> None:
    """Cards and pages show the author's name: make them anew; safe to run twice."""
    Post.objects.filter(author=event.subject_id).bump()
