"""What posts do when something happened to their author, or to one of them."""

from notes_site.events import handles
from notes_site.models import Event
from posts import recognition
from posts.models import Post
from posts.pipeline.placement import request_placement


@handles("user.suspended", "user.restored")
def move_media(event: Event) -> None:
    """Ask for the renditions of all the person's posts to be looked at; safe to run twice."""
    posts = Post.objects.filter(author=event.subject_id, state=Post.State.PUBLISHED)
    for post in posts.only("id"):
        request_placement(post)


@handles("user.changed")
def make_cards_anew(event: Event) -> None:
    """Cards and pages show the author's name: make them anew; safe to run twice."""
    Post.objects.filter(author=event.subject_id).bump()


@handles("post.hidden")
def hold_copies(event: Event) -> None:
    """Hold the copies of a removed picture that were locked while it was removed."""
    recognition.hold_copies(event.subject_id)
